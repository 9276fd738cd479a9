"""Takes the README's pictures anew: `.venv/bin/python Tests/python/screenshots.py`. No test; look at them afterwards."""

from playwright.sync_api import sync_playwright

from conftest import ROOT, Program
from test_page import CHROMIUM, choose, go, request_database, type_command

FOLDER = ROOT / "Fixtures" / "readme"


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    program = Program("demo", "--listen", "127.0.0.1:0", ready=r"target system on .*\n")
    url = program.address("slack emulator on ")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            take(browser, url)
            browser.close()
    finally:
        program.stop()


def take(browser, url):
    wide = browser.new_context(viewport={"width": 1280, "height": 760}, color_scheme="light")
    phone = browser.new_context(viewport={"width": 390, "height": 760}, color_scheme="dark", has_touch=True)

    def tab(name, context=wide):
        page = context.new_page()
        page.goto(f"{url}/?user={name}")
        page.wait_for_selector("body[data-ready]")
        return page

    def picture(page, name):
        # Colours that fade after a change, and the caret.
        page.wait_for_timeout(2500)
        page.screenshot(path=FOLDER / f"{name}.png", caret="hide")

    bob, dana = tab("bob"), tab("dana")
    type_command(bob, "/sym req prod_db")
    choose(bob, "Target", "Orders database")
    bob.get_by_role("textbox", name="Why?").fill("Order 4711 is stuck: one row to correct.")
    picture(bob, "form")
    bob.keyboard.press("Escape")
    bob.wait_for_selector("dialog.modal", state="detached")
    request_database(bob, "Order 4711 is stuck: one row to correct.")
    go(dana, "db-access")
    dana.get_by_role("button", name="Approve").wait_for()
    picture(dana, "card")
    dana.get_by_role("button", name="Approve").click()
    dana.get_by_text("Access is on").wait_for()
    dana.locator("#developer-button").click()
    picture(dana, "approved")

    type_command(bob, "/sym req customer_data")
    target = bob.get_by_role("combobox", name="Target", exact=True)
    if target.count():
        target.click()
        bob.get_by_role("option").first.click()
    bob.get_by_role("textbox", name="Why? Globex reads this.").fill("Your ticket 88: an invoice is missing.")
    bob.get_by_role("button", name="Request", exact=True).click()
    gwen = tab("gwen", phone)
    gwen.get_by_role("button", name="Approve").wait_for()
    picture(gwen, "customer")


if __name__ == "__main__":
    main()
