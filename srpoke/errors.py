"""What is the user's to mend, told apart from our own bugs: one line each, without a traceback."""


class UserError(ValueError):
    """A wrong argument, file or folder; the message names it and what is allowed."""


class BadImage(UserError):
    """A file that cannot be read as an image, or makes a result that is too large."""
