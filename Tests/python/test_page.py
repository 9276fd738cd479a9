"""Drives the emulator's page in headless Chromium, as people would."""

import re
import socket
import threading

import pytest
from playwright.sync_api import expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# Generous: the machine may be busy with other things.
expect.set_options(timeout=30_000)


class Proxy:
    """Stands between the browser and the emulator, and can be cut like a cable."""

    def __init__(self, url):
        self.target = tuple(url.removeprefix("http://").split(":"))
        self.lock = threading.Lock()
        self.pairs = []
        self.is_cut = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                if self.is_cut:
                    near.close()
                    continue
                far = socket.create_connection(self.target)
                self.pairs += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=(source, sink), daemon=True).start()

    @staticmethod
    def carry(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        with self.lock:
            self.is_cut = True
            for end in self.pairs:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            self.pairs = []

    def mend(self):
        with self.lock:
            self.is_cut = False

    def close(self):
        self.cut()
        self.listener.close()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def people(chromium, demo):
    """Opens tabs as people: `people("bob")`. What goes wrong in a page fails the test."""
    wrong = []
    contexts = []

    def open_tab(name, url=None, context=None, **options):
        if context is None:
            context = chromium.new_context(viewport={"width": 1280, "height": 800}, **options) if options or not contexts \
                else contexts[0]
            contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"{name}: {error}"))
        page.on("console", lambda message: message.type == "error" and "ERR_" not in message.text
                and "Failed to load resource" not in message.text and wrong.append(f"{name}: {message.text}"))
        page.goto(f"{url or demo.url}/?user={name}")
        page.wait_for_selector("body[data-ready]")
        return page

    yield open_tab
    for context in set(contexts):
        context.close()
    assert wrong == []


def go(page, name):
    """Opens a conversation by its name in the sidebar."""
    page.locator(".entry", has_text=re.compile(rf"^\W*{re.escape(name)}")).click()
    expect(page.locator("#header h1")).to_contain_text(name)


def type_command(page, text):
    page.locator("#composer-text").fill(text)
    page.locator("#composer-text").press("Enter")
    expect(page.locator("dialog.modal .block.input").first).to_be_visible()


def choose(page, label, option):
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def request_database(page, reason):
    type_command(page, "/sym req prod_db")
    choose(page, "Target", "Orders database")
    page.get_by_role("textbox", name="Why?").fill(reason)
    page.get_by_role("button", name="Request", exact=True).click()
    # The form becomes a progress view; Escape closes it.
    expect(page.locator("dialog.modal [data-key=modal-submit]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("dialog.modal")).to_have_count(0)


def grants(slack):
    return [(grant["identity"], grant["target"]) for grant in slack.get("about")["grants"]]


def test_the_whole_life_of_a_request_by_three_people_in_three_tabs(demo, people):
    bob, dana, ada = people("bob"), people("dana"), people("ada")
    go(dana, "db-access")
    go(ada, "db-access")
    request_database(bob, "Order 4711 is stuck & <b>waits</b>")

    card = dana.locator(".message", has_text="Order 4711 is stuck & <b>waits</b>")
    expect(card).to_contain_text("@Bob Builder asks for Production database (Orders database)")
    expect(card.locator("b")).to_have_count(0)
    assert grants(demo) == []
    card.get_by_role("button", name="Approve").click()
    for page in (dana, ada):
        seen = page.locator(".message", has_text="Order 4711")
        expect(seen).to_contain_text("Access is on")
        expect(seen).to_contain_text("by @Dana Database")
        expect(seen.get_by_role("button", name="Approve")).to_have_count(0)
    assert grants(demo) == [("bob@acme.test", "orders-db")]
    for page in (bob, dana, ada):
        expect(page.locator("[data-grants]")).to_have_attribute("data-grants", "1")

    # Bob was not looking: his DM with the app is marked, and tells him.
    app = bob.locator(".entry", has=bob.locator(".avatar.app"))
    expect(app.locator(".count")).to_be_visible()
    app.click()
    expect(app.locator(".count")).to_have_count(0)
    bob.get_by_role("button", name="I'm done").click()
    expect(ada.locator(".message", has_text="Order 4711")).not_to_contain_text("Access is on")
    for page in (bob, dana, ada):
        expect(page.locator("[data-grants]")).to_have_attribute("data-grants", "0")
    assert grants(demo) == []


def test_a_customers_person_consents_in_the_shared_channel_and_nobody_else_can(demo, people):
    bob, gwen, ada = people("bob"), people("gwen"), people("ada")
    expect(gwen.locator(".entry")).to_have_count(1)
    expect(gwen.locator("#composer .shortcut")).to_have_count(0)
    go(ada, "globex-acme")
    type_command(bob, "/sym req customer_data")
    bob.get_by_role("textbox", name="Why? Globex reads this.").fill("Ticket 88")
    target = bob.get_by_role("combobox", name="Target", exact=True)
    if target.count():
        target.click()
        bob.get_by_role("option").first.click()
    bob.get_by_role("button", name="Request", exact=True).click()

    card = ada.locator(".message:not(.ephemeral)", has_text="Ticket 88")
    card.get_by_role("button", name="Approve").click()
    refused = ada.locator(".message.ephemeral")
    expect(refused).to_contain_text("Only visible to you")
    expect(gwen.locator(".message", has_text="Ticket 88")).to_be_visible()
    expect(gwen.locator(".message.ephemeral")).to_have_count(0)
    assert grants(demo) == []

    gwen.get_by_role("button", name="Approve").click()
    expect(card).to_contain_text("Access is on")
    assert grants(demo) == [("bob@acme.test", "globex-data")]
    # Commands of an app that her workspace has not installed do not exist for her.
    gwen.locator("#composer-text").fill("/sym")
    gwen.locator("#composer-text").press("Enter")
    expect(gwen.locator(".composer-error")).to_contain_text("/sym is not a valid command")


def test_a_field_that_is_not_right_says_so_beside_itself_and_keeps_what_was_entered(demo, people):
    bob = people("bob")
    type_command(bob, "/sym req every_field")
    rows = bob.get_by_role("textbox", name="About how many rows?")
    rows.fill("many")
    bob.get_by_role("textbox", name="Notes").fill("kept")
    bob.get_by_role("button", name="Request", exact=True).click()
    block = bob.locator(".block.input", has=bob.get_by_text("About how many rows?"))
    expect(block.locator(".error")).to_have_text("Please enter a number.")
    expect(bob.locator(".block.input", has=bob.get_by_text("Which database?")).locator(".error")).to_contain_text("required")
    expect(rows).to_have_value("many")
    expect(rows).to_have_attribute("aria-invalid", "true")
    expect(bob.get_by_role("textbox", name="Notes")).to_have_value("kept")
    # The app's own answer, which Slack's client could not know: tickets are numbers.
    rows.fill("10")
    choose(bob, "Which database?", "Orders database")
    bob.get_by_role("combobox", name="How long?", exact=True).click()
    bob.get_by_role("option").first.click()
    bob.get_by_role("combobox", name="Tables", exact=True).click()
    bob.get_by_role("option", name="orders", exact=True).click()
    bob.keyboard.press("Escape")
    expect(bob.locator("dialog.modal")).to_be_visible()
    bob.get_by_role("textbox", name="Tickets").fill("12, thirteen")
    bob.get_by_role("button", name="Request", exact=True).click()
    tickets = bob.locator(".block.input", has=bob.get_by_text("Tickets", exact=False)).last
    expect(tickets.locator(".error")).not_to_be_empty()
    expect(bob.locator(".tag", has_text="orders")).to_be_visible()
    bob.get_by_role("textbox", name="Tickets").fill("12, 13")
    bob.get_by_role("button", name="Request", exact=True).click()
    expect(bob.locator("[data-grants]")).to_have_attribute("data-grants", "1")


def test_two_people_press_at_once_and_one_of_them_decides(demo, people):
    bob, dana, ada = people("bob"), people("dana"), people("ada")
    for page in (dana, ada):
        go(page, "db-access")
    request_database(bob, "Both of you")
    buttons = [page.get_by_role("button", name="Approve") for page in (dana, ada)]
    for button in buttons:
        expect(button).to_be_visible()
    # Both clicks are on their way before either arrives, and each page clicks twice.
    demo.post("faults", delivery="block_actions", kind="delay", ms=400)
    for button in buttons:
        button.evaluate("node => { node.click(); node.click(); }")
    for page in (dana, ada):
        expect(page.locator(".message:not(.ephemeral)", has_text="Both of you")).to_contain_text("Access is on")
    assert grants(demo) == [("bob@acme.test", "orders-db")]
    calls = demo.get("calls?kind=delivery&method=block_actions")["calls"]
    assert len(calls) == 2 and all(call["ok"] for call in calls)
    # One of the two is told that it was decided already; nobody is told so in the other's place.
    decided = dana.locator(".message:not(.ephemeral)", has_text="Both of you").inner_text()
    late = ada if "@Dana Database" in decided else dana
    expect(late.locator(".message.ephemeral")).to_be_visible()
    expect((dana if late is ada else ada).locator(".message.ephemeral")).to_have_count(0)


def test_a_card_changes_under_ones_eyes_without_losing_the_place_or_the_draft(demo, people):
    bob, omar, dana = people("bob"), people("omar"), people("dana")
    go(omar, "db-access")
    request_database(bob, "Watch this")
    card = omar.locator(".message", has_text="Watch this")
    expect(card.get_by_role("button", name="Approve")).to_be_visible()
    card.get_by_role("button", name="Deny").focus()
    omar.locator("#composer-text").fill("half a sentence")
    go(dana, "db-access")
    dana.get_by_role("button", name="Deny").click()
    expect(card).to_contain_text("(edited)")
    expect(card).to_contain_text("by @Dana Database")
    expect(card.get_by_role("button", name="Approve")).to_have_count(0)
    expect(omar.locator(".message.changed")).to_have_count(1)
    expect(omar.locator("#composer-text")).to_have_value("half a sentence")
    expect(omar.locator("#composer-text")).to_be_focused()
    assert grants(demo) == []


def test_a_lost_connection_is_shown_and_loses_nothing(demo, people):
    proxy = Proxy(demo.url)
    try:
        dana = people("dana", url=proxy.url)
        go(dana, "general")
        demo.post("message", user="bob", channel="#general", text="before")
        expect(dana.locator(".message", has_text="before")).to_be_visible()
        proxy.cut()
        expect(dana.locator("#connection")).to_contain_text("Reconnecting")
        for number in range(3):
            demo.post("message", user="bob", channel="#general", text=f"meanwhile {number}")
        demo.post("command", user="bob", channel="#general", text="/sym whoami")
        # What is said into the void is not lost: it stays in the box, with the reason.
        dana.locator("#composer-text").fill("anybody there?")
        dana.locator("#composer-text").press("Enter")
        expect(dana.locator(".composer-error")).to_contain_text("does not answer")
        expect(dana.locator("#composer-text")).to_have_value("anybody there?")
        expect(dana.locator(".message", has_text="meanwhile")).to_have_count(0)
        proxy.mend()
        expect(dana.locator("#connection")).to_be_hidden()
        expect(dana.locator(".message", has_text="meanwhile")).to_have_count(3)
        dana.locator("#composer-text").press("Enter")
        expect(dana.locator(".message", has_text="anybody there?")).to_have_count(1)
        demo.post("message", user="bob", channel="#general", text="after")
        expect(dana.locator(".message", has_text="after")).to_have_count(1)
        dana.locator("#developer-button").click()
        expect(dana.locator(".call", has_text="command")).to_have_count(1)
    finally:
        proxy.close()


def test_a_request_with_the_keyboard_alone(demo, people):
    bob, dana = people("bob"), people("dana")
    keys = bob.keyboard
    expect(bob.locator("#composer-text")).to_be_focused()
    keys.type("/s")
    expect(bob.locator(".completions .option")).to_contain_text("/sym")
    keys.press("Tab")
    expect(bob.locator("#composer-text")).to_have_value("/sym ")
    keys.type("req prod_db")
    keys.press("Enter")
    expect(bob.get_by_role("combobox", name="Target", exact=True)).to_be_focused()
    keys.type("bill")
    expect(bob.get_by_role("option")).to_have_count(1)
    keys.press("Enter")
    expect(bob.get_by_role("combobox", name="Target", exact=True)).to_have_value("Billing database")
    keys.press("Tab")
    expect(bob.get_by_role("textbox", name="Why?")).to_be_focused()
    keys.type("By hand")
    # The focus stays in the window, however far one goes.
    for _ in range(12):
        keys.press("Tab")
        assert bob.evaluate("document.activeElement.closest('dialog') !== null")
    bob.get_by_role("button", name="Request", exact=True).focus()
    keys.press("Enter")
    expect(bob.locator("dialog.modal [data-key=modal-submit]")).to_have_count(0)
    keys.press("Escape")
    expect(bob.locator("dialog.modal")).to_have_count(0)

    dana.locator(".entry", has_text="general").focus()
    for _ in range(8):
        if "db-access" in dana.evaluate("document.activeElement.innerText"):
            break
        dana.keyboard.press("ArrowUp")
    dana.keyboard.press("Enter")
    expect(dana.locator("#header h1")).to_contain_text("db-access")
    dana.get_by_role("button", name="Approve").focus()
    dana.keyboard.press("Enter")
    expect(dana.locator(".message", has_text="By hand")).to_contain_text("Access is on")
    assert grants(demo) == [("bob@acme.test", "billing-db")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_telephone_has_room_for_everything_in_both_colours(demo, people, scheme):
    demo.post("command", user="bob", channel="#general", text="/sym req every_field")
    demo.wait(view={"user": "bob", "contains": "Tickets"})
    demo.post("message", user="ada", channel="#general", text="a" * 300 + " ```" + "b" * 300 + "```")
    page = people("bob", color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("dialog.modal .block.input").first).to_be_visible()
    fits(page)
    assert contrasts(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog.modal")).to_have_count(0)
    fits(page)
    assert contrasts(page) == []
    expect(page.locator(".sidebar")).to_be_hidden()
    page.get_by_role("button", name="Conversations").click()
    expect(page.locator(".sidebar")).to_be_visible()
    fits(page)
    page.locator(".entry", has_text="approvals").click()
    expect(page.locator(".sidebar")).to_be_hidden()
    page.locator("#developer-button").click()
    expect(page.locator(".call").first).to_be_visible()
    fits(page)
    assert contrasts(page) == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator(".sidebar")).to_be_visible()
    fits(page)
    assert contrasts(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    # The page's own switch wins over the system's wish, and is remembered.
    page.get_by_role("button", name="Close the developer's panel").click()
    page.locator("[data-key=theme]").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != ground
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != ground


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    wide = page.evaluate("""() => [...document.querySelectorAll("#main, #log, #header, dialog, dialog .dialog-body, #developer")]
        .filter(node => node.getClientRects().length > 0 && node.scrollWidth > node.clientWidth + 1).map(node => node.id || node.className)""")
    assert wide == []


def contrasts(page):
    """The texts whose contrast with their ground is below 4.5:1."""
    return page.evaluate("""() => {
        const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
        const part = (value) => { value /= 255; return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
        const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
        const ground = (node) => {
            for (let each = node; each; each = each.parentElement) {
                const colour = rgb(getComputedStyle(each).backgroundColor);
                if (colour.length < 4 || colour[3] === 1) return colour;
            }
            return [255, 255, 255];
        };
        const low = [];
        const top = document.querySelector("dialog[open]") ?? document.body;
        for (const node of top.querySelectorAll("*")) {
            const words = [...node.childNodes].filter((each) => each.nodeType === 3 && each.data.trim()).map((each) => each.data.trim()).join(" ");
            if (!words || node.closest("[disabled], .toasts, noscript") || node.getClientRects().length === 0 || getComputedStyle(node).visibility === "hidden") continue;
            const [one, two] = [light(rgb(getComputedStyle(node).color)), light(ground(node))];
            const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
            if (ratio < 4.5) low.push(`${words.slice(0, 40)}: ${ratio.toFixed(2)}`);
        }
        return low;
    }""")


def test_each_tab_remembers_who_it_is_and_the_switcher_offers_everybody(demo, people):
    bob, ada = people("bob"), people("ada")
    ada.goto(demo.url + "/")
    ada.wait_for_selector("body[data-ready]")
    expect(ada.locator(".me")).to_contain_text("Ada Admin")
    bob.reload()
    bob.wait_for_selector("body[data-ready]")
    expect(bob.locator(".me")).to_contain_text("Bob Builder")
    bob.locator(".me").click()
    for name, role in [("Ada Admin", "Admin"), ("Omar On-Call", "On call"), ("Eve Contractor", "Guest"),
                       ("Gwen of Globex", "Globex, a customer"), ("Dana Database", "Member")]:
        expect(bob.locator(".person-row", has_text=name)).to_contain_text(role)
    assert contrasts(bob) == []
    bob.locator("a.person", has_text="Omar On-Call").click()
    expect(bob.locator(".me")).to_contain_text("Omar On-Call")
    expect(ada.locator(".me")).to_contain_text("Ada Admin")


def test_threads_mentions_and_two_tabs_of_one_person_stay_in_step(demo, people):
    bob, other, ada = people("bob"), people("bob"), people("ada")
    for page in (bob, other, ada):
        go(page, "general")
    ada.locator("#composer-text").fill("hello @bob *bold* <script>alert(1)</script> :tada: `code` https://example.test/x.")
    ada.locator("#composer-text").press("Enter")
    for page in (bob, other):
        message = page.locator(".message", has_text="hello")
        expect(message.locator(".mention.mine")).to_have_text("@Bob Builder")
        expect(message.locator("strong", has_text="bold")).to_be_visible()
        expect(message).to_contain_text("<script>alert(1)</script>")
        expect(message.locator("script")).to_have_count(0)
        expect(message.get_by_role("link")).to_have_attribute("href", "https://example.test/x")
    message = bob.locator("#log .message", has_text="hello")
    message.hover()
    message.get_by_role("button", name="Reply in a thread").click()
    bob.locator("#thread-text").fill("in the thread")
    bob.locator("#thread-text").press("Enter")
    expect(bob.locator("#thread .message")).to_have_count(2)
    for page in (other, ada):
        expect(page.locator("#log .replies")).to_contain_text("1 reply")
        expect(page.locator("#log .message", has_text="in the thread")).to_have_count(0)
    # A modal is the person's: it stands in both tabs, with what was typed in one of them.
    type_command(bob, "/sym req prod_db")
    bob.get_by_role("textbox", name="Why?").fill("typed in one tab")
    expect(other.get_by_role("textbox", name="Why?")).to_have_value("typed in one tab")
    other.keyboard.press("Escape")
    expect(bob.locator("dialog.modal")).to_have_count(0)


def test_what_slack_refuses_is_a_red_note_with_the_place_in_the_payload(demo, people):
    bob, ada = people("bob"), people("ada")
    for page in (bob, ada):
        go(page, "general")
    card = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    answer = call(demo, "chat.postMessage", channel="C0GEN", text="card", blocks=card)
    assert answer["error"] == "invalid_blocks"
    note = bob.locator(".refusal")
    expect(note).to_contain_text("invalid_blocks")
    expect(note).to_contain_text("/blocks/0/text/text")
    note.get_by_text("The payload").click()
    expect(note.locator("mark").first).to_contain_text("xxx")
    expect(bob.locator("#developer-button .count")).to_have_text("1")
    expect(ada.locator(".refusal")).to_have_count(1)
    # One for somebody alone is shown to them alone.
    call(demo, "chat.postEphemeral", channel="C0GEN", user="U0ADA", text="card", blocks=[{"type": "divide"}])
    expect(ada.locator(".refusal")).to_have_count(2)
    expect(bob.locator(".refusal")).to_have_count(1)
    note.get_by_role("button", name="Dismiss").click()
    expect(bob.locator(".refusal")).to_have_count(0)


def call(slack, method, **arguments):
    import json
    import urllib.request
    request = urllib.request.Request(f"{slack.url}/api/{method}", json.dumps(arguments).encode(), {
        "Content-Type": "application/json; charset=utf-8", "Authorization": "Bearer xoxb-demo-acme"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_the_payload_of_a_message_and_of_a_modal_can_be_read_and_copied(demo, people):
    bob = people("bob", permissions=["clipboard-read", "clipboard-write"])
    go(bob, "general")
    call(demo, "chat.postMessage", channel="C0GEN", text="card", blocks=[{"type": "header", "text": {"type": "plain_text", "text": "A header"}}])
    message = bob.locator(".message", has_text="A header")
    message.hover()
    message.get_by_role("button", name="JSON").click()
    expect(bob.locator(".message .json")).to_contain_text('"type": "header"')
    bob.locator(".message .json-copy").click()
    expect(bob.locator(".message .json-copy")).to_have_text("Copied")
    assert '"A header"' in bob.evaluate("navigator.clipboard.readText()")
    type_command(bob, "/sym req prod_db")
    bob.locator("dialog.modal").get_by_role("button", name="JSON").click()
    expect(bob.locator("dialog.modal .json")).to_contain_text('"callback_id": "sym_form"')


def test_the_developers_panel_shows_traffic_and_makes_trouble(demo, people):
    bob, dana = people("bob"), people("dana")
    bob.locator("#developer-button").click()
    expect(bob.locator("#developer .muted").last).to_be_visible()
    bob.locator("#composer-text").fill("/sym whoami")
    bob.locator("#composer-text").press("Enter")
    expect(bob.locator(".message.ephemeral")).to_contain_text("bob@acme.test")
    row = bob.locator(".call.delivery", has_text="command")
    expect(row).to_contain_text("200")
    row.locator("summary").click()
    expect(row.locator(".call-body")).to_contain_text('"text": "whoami"')
    bob.get_by_role("searchbox", name="Filter the log").fill("no such thing")
    expect(bob.locator(".call")).to_have_count(0)
    bob.get_by_role("searchbox", name="Filter the log").fill("whoami")
    expect(bob.locator(".call").first).to_be_visible()

    bob.get_by_role("tab", name="Switches").click()
    bob.get_by_label("The app is unreachable").check()
    # Another tab's panel is in step.
    dana.locator("#developer-button").click()
    dana.get_by_role("tab", name="Switches").click()
    expect(dana.get_by_label("The app is unreachable")).to_be_checked()
    bob.locator("#composer-text").fill("/sym whoami")
    bob.locator("#composer-text").press("Enter")
    expect(bob.locator(".composer-error")).to_contain_text("failed with the error")
    dana.get_by_label("The app is unreachable").uncheck()
    expect(bob.get_by_label("The app is unreachable")).not_to_be_checked()
    bob.get_by_label("Strict rate limits").check()
    expect(dana.get_by_label("Strict rate limits")).to_be_checked()
    bob.get_by_label("Strict rate limits").uncheck()
    bob.locator("#composer-text").fill("/sym whoami")
    bob.locator("#composer-text").press("Enter")
    expect(bob.locator(".message.ephemeral")).to_have_count(2)


def test_the_clock_is_moved_and_access_ends_by_itself(demo, people):
    bob, dana = people("bob"), people("dana")
    go(dana, "db-access")
    request_database(bob, "For half an hour")
    dana.get_by_role("button", name="Approve").click()
    expect(bob.locator("[data-grants]")).to_have_attribute("data-grants", "1")
    dana.locator("#developer-button").click()
    dana.get_by_role("tab", name="Switches").click()
    dana.get_by_role("button", name="+ 1 hour").click()
    expect(bob.locator("[data-grants]")).to_have_attribute("data-grants", "0")
    expect(dana.locator(".message", has_text="For half an hour")).not_to_contain_text("Access is on")
