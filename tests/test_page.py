"""The before/after page, of all factors and of one result: its file, and a drag in a browser."""

import base64
import json
import os
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

import infer
from extract_readme_images import main
from srpoke.engine import load
from srpoke.errors import BadImage
from srpoke.images import read_image, write_image
from srpoke.pictures import page
from srpoke.tools import flatten

CHOICES = ("factor", "loop", "background")
NAME = "a'&lt;&<b> フシギ {{data}}"


class Reader(HTMLParser):
    """Collect the text of each element by tag, and every attribute."""

    def __init__(self, text: str):
        super().__init__()
        self.texts, self.attributes, self.tag = {}, [], ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tag = tag
        self.attributes += [(tag, *attr) for attr in attrs]

    def handle_data(self, data: str) -> None:
        self.texts[self.tag] = self.texts.get(self.tag, "") + data


@pytest.fixture
def page_file(exported, sprite, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PAGE_SIDE", 100)
    path = tmp_path / "page.html"
    page.write_page(path, "sprite", sprite, page.every_factor(load(exported), sprite, 10**8))
    return path


def data_of(text: str) -> dict:
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


def decode(url: str) -> np.ndarray:
    data = np.frombuffer(base64.b64decode(url.removeprefix("data:image/webp;base64,")), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_UNCHANGED)


def test_page_needs_nothing_else(page_file):
    text = page_file.read_text(encoding="utf-8")
    code = re.sub("data:image/webp;base64,[A-Za-z0-9+/=]+", "", text)
    assert len(code) < 30_000
    assert not re.search(r"https?:|//\w|@import|url\(|fetch|XMLHttp|import\(", code)
    links = [row for row in Reader(text).attributes if row[1] in ("src", "href")]
    assert links == [("link", "href", "data:,")]
    assert "default-src 'none'" in text and "{{" not in text


def test_images_decode_to_the_right_sizes(page_file, sprite):
    data = data_of(page_file.read_text(encoding="utf-8"))
    assert (data["width"], data["height"]) == (20, 24)
    assert {(f["factor"], f["loop"]) for f in data["frames"]} >= {(1.25, 6), (1.5, 3), (2, 2)}
    for frame in data["frames"]:
        scale = frame["factor"] ** frame["loop"]
        size = int(24 * scale + 0.5), int(20 * scale + 0.5)
        before, after = decode(frame["before"]), decode(frame["after"])
        assert (frame["height"], frame["width"]) == size
        assert before.shape == after.shape == (*size, 4)
        assert not np.array_equal(before, after)
    inner = decode(next(f for f in data["frames"] if f["factor"] == 2)["before"])[20:28, 16:24, :3]
    expected = cv2.resize(sprite, (40, 48), interpolation=cv2.INTER_CUBIC)[20:28, 16:24, :3]
    assert np.abs(inner.astype(int) - expected).max() <= 1


def test_names_are_escaped(sprite):
    reader = Reader(page.fill(NAME, sprite, []))
    assert reader.texts["h1"].strip() == NAME
    assert reader.texts["title"].startswith(NAME)
    assert ("img", "alt", f"{NAME}, stretched: blurry") in reader.attributes


def test_a_name_that_is_no_unicode_makes_a_page(sprite, tmp_path):
    page.write_page(tmp_path / "a.html", "a\udcff", sprite, [])
    assert "<title>a\\udcff" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_largest_pictures_are_left_out_of_a_heavy_page(exported, sprite, monkeypatch):
    monkeypatch.setattr(page, "PAGE_SIDE", 100)
    monkeypatch.setattr(page, "PAGE_BYTES", 60_000)
    frames = page.every_factor(load(exported), sprite, 10**8)
    sizes = [frame["width"] for frame in frames]
    assert len(frames) > 1 and sizes == sorted(sizes)
    assert sum(len(f["before"]) + len(f["after"]) for f in frames) <= 60_000
    monkeypatch.setattr(page, "PAGE_BYTES", 1)
    assert len(page.every_factor(load(exported), sprite, 10**8)) == 1


def test_no_picture_of_a_page_is_larger_than_allowed(exported, sprite, monkeypatch):
    monkeypatch.setattr(page, "PAGE_SIDE", 100)
    engine = load(exported)
    largest = max(
        frame["width"] * frame["height"] for frame in page.every_factor(engine, sprite, 10**8)
    )
    assert page.every_factor(engine, sprite, largest)
    monkeypatch.setattr(page, "stages", None)  # nothing is drawn
    with pytest.raises(BadImage, match="max_pixels"):
        page.every_factor(engine, sprite, largest - 1)


@pytest.mark.parametrize("kind", ["grey", "bgr", "16 bit"])
def test_any_image_makes_a_page(answer, exported, sprite, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(page, "PAGE_SIDE", 40)
    wide = sprite.astype(np.uint16) * 257
    image = {"grey": sprite[..., 0], "bgr": sprite[..., :3], "16 bit": wide}
    write_image(tmp_path / "x y.png", image[kind])
    code, out, err = answer(main, exported, tmp_path / "x y.png", "--page", "--save_path", tmp_path)
    path = tmp_path / "x y" / "page.html"
    assert (code, out, err) == (0, [str(path)], [])
    frame = data_of(path.read_text(encoding="utf-8"))["frames"][0]
    channels = 4 if kind == "16 bit" else 3  # WebP knows no grey
    assert decode(frame["after"]).dtype == np.uint8
    assert decode(frame["after"]).shape == (frame["height"], frame["width"], channels)


# The page of one result


@pytest.fixture
def run(answer, exported, sprite, tmp_path):
    """A function: options -> exit code, stdout, stderr of infer.py for <tmp_path>/a b.png."""
    write_image(tmp_path / "a b.png", sprite)
    return lambda *options: answer(infer.main, exported, tmp_path / "a b.png", *options)


def test_page_compares_the_very_result(run, sprite, tmp_path):
    out = tmp_path / "out" / "x.png"
    assert run("--scale", 1.7, "--loop", 2, "-o", tmp_path / "plain.png")[0] == 0
    code, lines, err = run("--scale", 1.7, "--loop", 2, "-o", out, "--page")
    assert (code, err) == (0, []) and lines[0].endswith(f", {out}.html")
    assert sorted(path.name for path in out.parent.iterdir()) == ["x.png", "x.png.html"]
    assert out.read_bytes() == (tmp_path / "plain.png").read_bytes()
    text = Path(f"{out}.html").read_text(encoding="utf-8")
    assert Reader(text).texts["h1"].strip() == "a b"
    data = data_of(text)
    (frame,) = data["frames"]
    assert (data["width"], data["height"], frame["factor"], frame["loop"]) == (20, 24, 1.7, 2)
    np.testing.assert_array_equal(flatten(decode(frame["after"])), flatten(read_image(out)))
    before = page.stretch(sprite, *read_image(out).shape[:2])
    np.testing.assert_array_equal(flatten(decode(frame["before"])), flatten(before))


def test_a_page_that_is_missing_is_made_though_the_result_exists(run, tmp_path):
    options = "--save_path", tmp_path, "--skip_existing"
    assert run(*options)[0] == 0
    assert run(*options)[1] == [f"[1/1] {tmp_path / 'a b_f_2_loop_1.png'} exists"]
    assert "->" in run(*options, "--page")[1][0]
    assert (tmp_path / "a b_f_2_loop_1.png.html").is_file()
    assert run(*options, "--page")[1][0].endswith("exists")


def test_a_page_on_an_older_result_is_made_anew(run, sprite, tmp_path):
    options = "--save_path", tmp_path, "--skip_existing"
    page_file = tmp_path / "a b_f_2_loop_1.png.html"
    assert run(*options, "--page")[0] == 0
    write_image(tmp_path / "a b.png", sprite[:, :9])
    os.utime(page_file, (1, 1))
    assert run(*options)[0] == 0
    assert "->" in run(*options, "--page")[1][0]
    assert data_of(page_file.read_text(encoding="utf-8"))["width"] == 9


def test_nothing_of_pages_is_needed_without_one(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "srpoke.pictures.page", None)
    assert run("-o", tmp_path / "x.png")[0] == 0
    assert not list(tmp_path.rglob("*.html"))


def test_page_of_an_animation_shows_its_first_frame(answer, exported, sprite, tmp_path):
    animation = cv2.Animation()
    animation.frames, animation.durations = [sprite, sprite[::-1].copy()], [50, 50]
    cv2.imwriteanimation(str(tmp_path / "a.png"), animation)
    arguments = exported, tmp_path / "a.png", "-o", tmp_path / "b.png", "--page"
    assert answer(infer.main, *arguments)[0] == 0
    (frame,) = data_of((tmp_path / "b.png.html").read_text(encoding="utf-8"))["frames"]
    first = read_image(tmp_path / "b.png")
    np.testing.assert_array_equal(flatten(decode(frame["after"])), flatten(first))


def test_pages_are_light_and_keep_the_colour_profile(request):
    sprite = read_image(request.config.rootpath / "dataset/creatures/18_dragon.png")
    large = page.stretch(sprite, 452, 452)
    profile = bytearray(132)
    profile[16:20] = b"RGB "
    frames = [page.compare(sprite, large, 4, 1, {"icc": bytes(profile)})]
    png = cv2.imencode(".png", large * (large[..., 3:] > 0))[1]
    assert len(frames[0]["after"]) < len(png)  # though base64 adds a third
    assert len(page.fill("x", sprite, frames)) < 400_000
    loud = np.where(sprite[..., 3:] > 0, sprite, np.uint8([[[9, 200, 99, 0]]]))
    assert page.data_url(loud, {}) == page.data_url(sprite, {})  # what alpha 0 hides is left out
    assert b"ICCP" in base64.b64decode(frames[0]["after"].partition(",")[2])


@pytest.fixture
def browser():
    """A headless Chromium; the test is skipped where it, its driver or selenium is missing."""
    webdriver = pytest.importorskip("selenium.webdriver")
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    driver_program = shutil.which("chromedriver")
    if not program or not driver_program:
        pytest.skip("no Chromium with its chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "disable-background-networking"):
        options.add_argument(f"--{flag}")
    options.add_argument("--window-size=1000,800")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(driver_program))
    yield driver
    driver.quit()


@pytest.mark.slow
def test_line_is_dragged_in_a_browser(browser, page_file):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser.get(page_file.as_uri())

    def find(css):
        return browser.find_element("css selector", css)

    def line() -> int:
        return int(find("#handle").get_attribute("aria-valuenow"))

    def drag(css, x, y):
        actions = ActionChains(browser).move_to_element(find(css)).click_and_hold()
        actions.move_by_offset(x, y).release().perform()

    width = find("#stage").size["width"]
    assert line() == 50
    drag("#handle", 200, 10)
    assert abs(line() - (50 + 100 * 200 / width)) <= 1
    handle = find("#handle").rect
    assert abs(handle["x"] + handle["width"] / 2 - find("#stage").rect["x"] - width / 2 - 200) <= 2
    assert find("#left").value_of_css_property("clip-path") != "none"
    find("#handle").send_keys(Keys.HOME, Keys.ARROW_RIGHT, Keys.PAGE_UP)
    assert line() == 12

    source = find("#after").get_attribute("src")
    find("#factor input[value='1.5']").send_keys(Keys.SPACE)
    assert find("#after").get_attribute("src") != source
    assert "4 " not in find("#facts").text.split(",")[1]  # 1.5^3 times, no longer 4
    find("#background input[value='dark']").send_keys(Keys.SPACE)
    assert "rgba(28, 30, 38" in find("#stage").value_of_css_property("background-color")

    left = find("#after").rect["x"]
    find("#in").click()
    find("#in").click()
    assert find("#after").rect["x"] < left - 50
    top = find("#after").rect["y"]
    drag("#stage", 0, 30)
    assert line() == 12
    assert abs(find("#after").rect["y"] - top - 30) <= 1  # zoomed in, the picture moves
    assert browser.get_log("browser") == []
    browser.set_window_size(500, 900)
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.slow
def test_fingers_drag_the_line_and_pinch_the_picture(browser, page_file):
    browser.set_window_size(500, 900)
    browser.get(page_file.as_uri())
    stage = browser.find_element("css selector", "#stage").rect
    middle = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2

    def touch(kind: str, *offsets: int) -> None:
        points = [{"x": middle[0] + x, "y": middle[1], "id": n} for n, x in enumerate(offsets)]
        event = {"type": kind, "touchPoints": points}
        browser.execute_cdp_cmd("Input.dispatchTouchEvent", event)

    def value(script: str) -> float:
        return float(browser.execute_script(f"return {script}"))

    touch("touchStart", 0)
    touch("touchMove", 60)
    touch("touchEnd")
    line = value("document.querySelector('#handle').ariaValueNow")
    assert abs(line - (50 + 100 * 60 / stage["width"])) <= 1

    width = value("document.querySelector('#after').width")
    touch("touchStart", -40, 40)
    touch("touchMove", -60, 60)
    touch("touchMove", -80, 80)
    touch("touchEnd")
    assert abs(value("document.querySelector('#after').width") / width - 2) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("factors", ["all", "one"])
def test_page_fits_on_a_phone(browser, page_file, sprite, factors):
    if factors == "one":
        frames = [page.compare(sprite, page.stretch(sprite, 96, 80), 4)]
        page.write_page(page_file, "a_long_name_" * 5, sprite, frames)
    browser.get(page_file.as_uri())
    for width, height in ((360, 640), (640, 360), (320, 480), (844, 390)):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        stage = browser.find_element("css selector", "#stage").rect
        assert stage["height"] >= height / 3 and stage["y"] + stage["height"] <= height
    shown = [browser.find_element("css selector", f"#{id}").is_displayed() for id in CHOICES]
    assert shown == [factors == "all", factors == "all", True]
