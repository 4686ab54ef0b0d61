"""The built site in a real browser: `make test-site`. Without one these checks are skipped, and say so."""

import re
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from test_site import CHAPTERS, DOCUMENTS, notebook, signs
from test_site import page as page_of

PLAYGROUND = "book/playground.html"
PHONE = {"width": 390, "height": 844}
AXE = Axe()

# Chapters that link to a state of the playground.
LINKING = [document for document in CHAPTERS if "playground.html#" in str(notebook(document))]

pytestmark = pytest.mark.browser


# Formulas, figures and code have thousands of parts, which are alike on all pages; one page is looked at in full.
LIGHTLY = {"exclude": [[".katex"], [".lossopt-figure"], ["pre"]]}


def violations(page, context=None):
    # Without preload: it would look for imported style sheets in the wrong folder.
    options = {"preload": False, "resultTypes": ["violations"]}
    found = AXE.run(page, context=context, options=options).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


def in_each_view(page):
    """The page in light, in the dark and on a phone, each as it comes: the theme looks at the width while it loads."""
    for theme, width in (("light", 1440), ("dark", 1440), ("light", 390)):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        page.reload(wait_until="networkidle")
        yield f"{theme}, {width} px"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_axe_finds_nothing(open_page, document):
    page = open_page(f"{document}.html")
    context = None if document == CHAPTERS[0] else LIGHTLY
    assert not [(view, *found) for view in in_each_view(page) for found in violations(page, context)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_nothing_sticks_out_of_the_page(open_page, document):
    page = open_page(f"{document}.html")
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 800})
        wide, shown = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= shown, width


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_page_asks_for_little(open_page, document):
    asked = []
    page = open_page(f"{document}.html")
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_load_state("networkidle")
    assert len(asked) <= 35, asked


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize(
    "document", [DOCUMENTS[0], CHAPTERS[0], CHAPTERS[-1], "book/reference/losses", "book/glossary"]
)
def test_nothing_jumps_while_a_page_comes(open_page, document, width):
    page = open_page(f"{document}.html", width=width, slow=True)
    page.wait_for_function("!document.documentElement.classList.contains('glance')")
    assert page.evaluate("window.shift") <= 0.05


def test_a_page_is_whole_after_the_first_look(open_page):
    page = open_page(f"{CHAPTERS[-1]}.html", **PHONE)
    page.wait_for_function("!document.documentElement.classList.contains('glance')")
    sections = "[...document.querySelectorAll('section')]"
    assert not page.evaluate(f"{sections}.some(it => getComputedStyle(it).contentVisibility === 'auto')")
    # The theme has looked at it: what scrolls can be reached by the keyboard, and nothing else is a stop.
    stops = page.evaluate(
        "[...document.querySelectorAll('pre')].map(it => [it.scrollWidth > it.clientWidth, it.tabIndex])"
    )
    assert {(True, 0), (False, -1)} == {tuple(stop) for stop in stops}


def test_an_address_leads_to_its_place(open_page):
    page = open_page(f"{CHAPTERS[-1]}.html#exercises", **PHONE)
    assert 0 <= page.locator("#exercises > h2").bounding_box()["y"] < PHONE["height"] / 2


def test_the_menu_opens_on_a_phone(open_page):
    page = open_page(f"{CHAPTERS[0]}.html", **PHONE)
    link = page.get_by_role("link", name="Glossary")
    assert not link.is_visible()
    page.locator(".primary-toggle").first.click()
    link.wait_for(state="visible")


def test_figures_turn_with_the_theme(open_page):
    page = open_page(f"{CHAPTERS[0]}.html")
    text = page.locator(".lossopt-figure svg text").first

    def colour():
        return text.evaluate("it => getComputedStyle(it).fill")

    blue = page.locator("svg path[style*='stroke: #0072b2']").first

    def brightness():
        return sum(map(int, re.findall(r"\d+", blue.evaluate("it => getComputedStyle(it).stroke"))))

    before, dim, theme = colour(), brightness(), page.evaluate("document.documentElement.dataset.theme")
    for _ in range(2):  # from the system's choice to the same by hand, and on to the other
        page.locator(".theme-switch-button").first.click()
        if page.evaluate("document.documentElement.dataset.theme") != theme:
            break
    assert page.evaluate("document.documentElement.dataset.theme") != theme
    assert colour() != before
    assert (brightness() > dim) == (theme == "light")  # on a dark page the book's blue is a brighter one


def fonts_of(page, selector):
    """Return what the browser says of the fonts that a part of the page is set in."""
    chrome = page.context.new_cdp_session(page)
    for domain in "DOM", "CSS":
        chrome.send(f"{domain}.enable")
    root = chrome.send("DOM.getDocument")["root"]["nodeId"]
    node = chrome.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    return chrome.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]


def test_the_book_opens_from_disk(open_page):
    page = open_page(f"{CHAPTERS[1]}.html", from_disk=True)
    assert page.locator(".katex-html").first.is_visible()
    assert all(font["isCustomFont"] for font in fonts_of(page, ".bd-article h1"))
    page = open_page("search.html?q=huber", from_disk=True)
    page.locator("#search-results li a").first.wait_for()
    page = open_page(f"{PLAYGROUND}#tab=race&open=1", from_disk=True)
    assert "Adam" in page.locator(".playground .sentence").inner_text()


def test_a_question_is_answered_by_keyboard(open_page):
    page = open_page(f"{CHAPTERS[0]}.html", **PHONE)
    group = page.locator(".quiz").first
    fold = group.locator("xpath=following-sibling::details[1]")
    reasons = fold.locator("li").evaluate_all("them => them.map(it => it.textContent)")
    said = group.get_by_role("status")
    assert said.text_content() == "" and not fold.is_visible()
    group.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    for reason in reasons:
        assert said.text_content().split() == reason.split()
        assert ("right" in said.get_attribute("class").split()) == reason.strip().startswith("Right")
        page.keyboard.press("ArrowDown")


def test_a_figure_is_saved_with_its_words_and_its_licence(open_page):
    page = open_page(f"{CHAPTERS[0]}.html")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save figure").first.click()
    saved = ElementTree.parse(saving.value.path()).getroot()
    words = {child.tag.rpartition("}")[2]: child.text for child in saved}
    assert words["title"] == page.locator(".lossopt-figure").first.get_attribute("aria-label")
    assert "CC BY 4.0" in words["metadata"]


# A chapter whose answers are text and figures, on lines that a phone has to scroll.
(PREDICTING,) = (one for one in CHAPTERS if one.startswith("notebooks/04"))


def test_an_answer_opens_by_keyboard(open_page):
    page = open_page(f"{PREDICTING}.html", **PHONE)
    fold = page.locator("details.answer").first
    summary, output = fold.locator("> summary"), fold.locator("> .cell_output")
    assert not output.is_visible()
    assert "Show the answer" in summary.aria_snapshot()  # as a screen reader hears it
    summary.focus()
    for key, said in ("Enter", "Hide the answer"), ("Space", "Show the answer"), ("Space", "Hide the answer"):
        page.keyboard.press(key)
        assert output.is_visible() == (said == "Hide the answer")
        assert said in summary.inner_text()
    assert page.evaluate("window.shift") <= 0.05


def test_an_answer_opens_without_scripts(open_page):
    page = open_page(f"{PREDICTING}.html", java_script_enabled=False)
    fold = page.locator("details.answer").first
    fold.locator("> summary").click()
    assert fold.locator("> .cell_output").is_visible()


def test_a_figure_in_an_answer_is_whole_and_can_be_saved(open_page):
    page = open_page(f"{PREDICTING}.html", **PHONE)
    fold = page.locator("details.answer:has(.lossopt-figure)").first
    fold.locator("> summary").click()
    box = fold.locator("svg").first.bounding_box()
    assert box["width"] > 300 and box["height"] > 150
    with page.expect_download() as saving:
        fold.get_by_role("button", name="Save figure").click()
    saved = ElementTree.parse(saving.value.path()).getroot()
    assert len(saved.findall("{*}svg")) == fold.locator(".lossopt-figure > svg").count()
    code = fold.locator("details")
    assert code.locator("summary").inner_text() == "Show the code that draws this figure"
    assert not code.locator(".cell_input").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_open_answers(open_page, theme):
    page = open_page(f"{PREDICTING}.html", color_scheme=theme, **PHONE)
    page.wait_for_function("!document.documentElement.classList.contains('glance')")
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    page.wait_for_timeout(500)  # the theme waits before it looks for what scrolls
    assert not violations(page, {"exclude": [[".katex"], [".lossopt-figure"]]})


def test_answers_are_open_on_paper(open_page):
    page = open_page(f"{PREDICTING}.html")
    page.wait_for_function("!document.documentElement.classList.contains('glance')")
    page.emulate_media(media="print")
    for fold in page.locator("details.answer").all():
        assert fold.locator("> .cell_output").bounding_box()["height"] > 10
        assert not fold.locator("> summary").is_visible()
        assert not any(code.is_visible() for code in fold.locator("details").all())


@pytest.fixture
def signed():
    """A chapter with signs in its table, its quiz and its bullets."""
    for document in CHAPTERS:
        if len(signs(document)) > 10 and page_of(document).select("td .tested"):
            return document
    pytest.fail("no chapter shows which of its claims are tested")


def test_a_sign_says_by_keyboard_and_on_touch_what_was_tested(open_page, signed):
    page = open_page(f"{signed}.html", **PHONE, has_touch=True)
    page.wait_for_function("!document.documentElement.classList.contains('glance')")
    shown = "it => getComputedStyle(it, '::after').content"
    for place in "td", "#what-to-remember li":
        sign = page.locator(f"{place} .tested").first
        label = sign.get_attribute("aria-label")
        assert label.startswith("Tested: ") and label[8:] not in sign.evaluate(shown)
        sign.focus()
        assert label[8:] in sign.evaluate(shown)
        page.keyboard.press("Escape")
        assert label[8:] not in sign.evaluate(shown)
        sign.tap()
        assert label[8:] in sign.evaluate(shown)
        wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= window
        assert page.get_by_role("img", name=label, exact=True).first.is_visible()  # as a screen reader has it


def test_an_explanation_keeps_its_sign(open_page, signed):
    page = open_page(f"{signed}.html", **PHONE)
    group = page.locator(".quiz").first
    group.get_by_role("radio").first.check()
    label = (
        group.locator("xpath=following-sibling::details[1]")
        .locator("li .tested")
        .first.get_attribute("aria-label")
    )
    assert group.get_by_role("status").locator(".tested").get_attribute("aria-label") == label


@pytest.mark.parametrize("document", LINKING)
def test_links_to_the_playground_keep_their_state(open_page, document):
    page = open_page(f"{document}.html")
    links = page.locator("article a[href*='playground.html#']")
    for i in range(links.count()):
        href = links.nth(i).get_attribute("href")
        links.nth(i).click()
        page.wait_for_url("**/playground.html*")
        # A tab that is chosen again writes into the address all that differs from the usual.
        page.get_by_role("tab", selected=True).click()
        assert page.evaluate("location.hash").lstrip("#").split("&") == href.partition("#")[2].split("&")
        assert page.locator(".playground .figures > svg").count() >= 2  # its question is answered already
        page.go_back()


def test_playground_asks_before_it_shows(open_page):
    page = open_page(PLAYGROUND)
    assert page.locator(".playground .figures").count() == 0
    page.get_by_role("button", name="Just as far down").click()
    assert page.locator(".because").inner_text().startswith("Not quite: hardly at all.")
    assert page.locator(".playground .figures > svg").count() == 4
    page.get_by_role("tab", name="Race").click()
    page.get_by_role("button", name="Just show me").click()
    assert page.locator(".playground .figures > svg").count() == 2


@pytest.mark.parametrize(
    ("chapter", "tab"), [("03", "Losses"), ("04", "Logits"), ("12", "Stability and noise")]
)
def test_playground_stands_in_a_chapter(open_page, chapter, tab):
    (document,) = (one for one in CHAPTERS if one.startswith(f"notebooks/{chapter}"))
    page = open_page(f"{document}.html")
    playground = page.locator(".playground")
    assert playground.get_by_role("tab", selected=True).text_content() == tab
    address = page.evaluate("location.href")
    playground.get_by_role("button", name="Just show me").click()
    assert playground.locator(".figures > svg").count() >= 2
    assert page.evaluate("location.href") == address  # its state is its own, not the page's


def test_playground_points_are_dragged_and_typed(open_page):
    page = open_page(f"{PLAYGROUND}#tab=losses&open=1")
    sentence, plane = page.locator(".sentence"), page.locator(".figures > svg").first
    said = [sentence.inner_text()]
    box = plane.bounding_box()
    point = plane.locator("circle").first.bounding_box()
    page.mouse.move(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + 40, steps=5)
    page.mouse.up()
    said.append(sentence.inner_text())
    page.get_by_label("y of point 2").fill("9.5")
    page.keyboard.press("Tab")
    said.append(sentence.inner_text())
    assert len(set(said)) == 3
    assert page.locator(".said").inner_text() == said[-1]  # spoken once it stops
    assert "points=" in page.evaluate("location.hash")


def test_playground_state_is_in_the_address(open_page):
    page = open_page(f"{PLAYGROUND}#tab=race&open=1&surface=saddle&step=10")
    slider = page.get_by_label("Step", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "11"
    kept, said = page.evaluate("location.hash"), page.locator(".sentence").inner_text()
    assert "surface=saddle" in kept and "step=11" in kept
    again = open_page(f"{PLAYGROUND}{kept}")
    assert again.locator(".sentence").inner_text() == said
    again.get_by_role("button", name="Start over").click()
    assert "surface" not in again.evaluate("location.hash") or "surface=bowl" in again.evaluate(
        "location.hash"
    )


def test_playground_tabs_move_by_arrow_keys(open_page):
    page = open_page(PLAYGROUND)
    page.get_by_role("tab", name="Losses").focus()
    page.keyboard.press("ArrowLeft")
    focused = page.locator(":focus")
    assert focused.inner_text() == "Stability and noise"
    assert focused.get_attribute("aria-selected") == "true"


def test_playground_race_plays_to_the_end_and_respects_reduced_motion(open_page):
    for motion in ("no-preference", "reduce"):
        page = open_page(f"{PLAYGROUND}#tab=race&open=1&step=190", reduced_motion=motion)
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("document.querySelector('.sentence').textContent.startsWith('Step 200')")
        assert page.get_by_role("button", name="Play").is_visible()


@pytest.mark.parametrize("tab", ["losses", "logits", "race", "stability"])
def test_axe_finds_nothing_in_the_playground(open_page, tab):
    page = open_page(f"{PLAYGROUND}#tab={tab}&open=1")
    assert not [(view, *found) for view in in_each_view(page) for found in violations(page)]


def test_targets_are_large_on_a_phone(open_page):
    for tab in ("losses", "logits", "race", "stability"):
        page = open_page(f"{PLAYGROUND}#tab={tab}&open=1", **PHONE)
        for control in page.locator(
            ".playground :is(button, select, input:not([type=checkbox]), label.toggle)"
        ).all():
            if control.is_visible():
                assert control.bounding_box()["height"] >= 44, control.evaluate("it => it.outerHTML")


def test_without_scripts_there_is_a_picture(open_page):
    page = open_page(PLAYGROUND, java_script_enabled=False)
    assert page.get_by_text("needs JavaScript").is_visible()
    assert page.locator(".playground svg").first.is_visible()
