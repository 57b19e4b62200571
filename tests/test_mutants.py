"""What mutants.py breaks on purpose is still there to be broken."""

from tests.mutants import faults


def test_every_fault_is_in_its_file_and_has_its_tests(repository):
    for fault in faults():
        code = (repository / "srpoke" / fault.file).read_text(encoding="utf-8")
        assert fault.right in code, fault
        for name in fault.tests.split():
            assert (repository / "tests" / f"test_{name}.py").is_file(), fault
