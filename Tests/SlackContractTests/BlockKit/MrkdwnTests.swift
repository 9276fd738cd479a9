import SlackContract
import Support
import Testing

@Suite struct `Markup` {
    @Test func `literals are markup, interpolations are text`() {
        let reason = "<!channel> & <@U1> *now*"
        let line: Mrkdwn = "*Reason*: \(reason)"
        #expect(line.markup == "*Reason*: &lt;!channel&gt; &amp; &lt;@U1&gt; *now*")
    }

    @Test func `numbers, parts of texts and ready markup go in as well`() {
        let bold: Mrkdwn = "*\("a<b")*"
        let line: Mrkdwn = "\(3) \("x&y".dropFirst()) \(raw: bold)"
        #expect(line.markup == "3 &amp;y *a&lt;b*")
    }

    @Test func `mentions and channels become tokens`() {
        let line: Mrkdwn = "\(user: "U1") \(channel: "C1") \(usergroup: "S1")"
        #expect(line.markup == "<@U1> <#C1> <!subteam^S1>")
    }

    @Test(arguments: ["", "U1> <!channel", "U1|<", "!channel", "U 1", "U1\n"])
    func `an id that could leave its token is shown as text`(id: String) {
        let line: Mrkdwn = "\(user: id)"
        #expect(!line.markup.contains("<"))
        #expect(!line.markup.contains(">"))
    }

    @Test func `a link keeps its target and its label apart`() {
        let line: Mrkdwn = "\(link: "https://x.example/a?b=1&c=<|> d", label: "A|B <i>\nC")"
        #expect(line.markup == "<https://x.example/a?b=1&amp;c=%3C%7C%3E%20d|A¦B &lt;i&gt; C>")
        let bare: Mrkdwn = "\(link: "https://x.example", label: "")"
        #expect(bare.markup == "<https://x.example>")
    }

    @Test(arguments: ["javascript:alert(1)", "slack://open", "", "x.example", "data:text/html,x", "!channel", "@U1"])
    func `what is no web address shows its label only`(url: String) {
        let line: Mrkdwn = "\(link: url, label: "here")"
        #expect(line.markup == "here")
    }

    @Test func `a moment shows in the reader's zone, in UTC elsewhere`() {
        let time = Timestamp(milliseconds: 1_795_247_063_512)
        let line: Mrkdwn = "until \(date: time), \(date: time, .date), \(date: time, .time)"
        #expect(
            line.markup == """
                until <!date^1795247063^{date_short_pretty} at {time}|2026-11-21 07:44 UTC>, \
                <!date^1795247063^{date_short_pretty}|2026-11-21>, <!date^1795247063^{time}|07:44 UTC>
                """
        )
    }

    @Test func `code holds no backtick and stays on its line`() {
        let line: Mrkdwn = "\(code: "a`b\nc <d>")"
        #expect(line.markup == "`a\u{2cb}b c &lt;d&gt;`")
        let block: Mrkdwn = "\(codeBlock: "a```\nb")"
        #expect(block.markup == "```\na\u{2cb}\u{2cb}\u{2cb}\nb\n```")
        let nothing: Mrkdwn = "\(code: " \n")"
        #expect(nothing.markup == "")
    }

    @Test func `no sign in plain text can format`() {
        let typed = "*bold* _it_ ~no~ `code` ```block``` :white_check_mark: a_b 10:30"
        let markup = Mrkdwn(plain: typed).markup
        let scalars = Array(markup.unicodeScalars)
        for (index, scalar) in scalars.enumerated() where "*_~".unicodeScalars.contains(scalar) {
            #expect(scalars[index - 1] == "\u{2060}")
            #expect(scalars[index + 1] == "\u{200b}")
        }
        #expect(!markup.contains("`"))
        #expect(!markup.contains(":white_check_mark:"))
        #expect(markup.contains("10:30"))
    }

    @Test func `plain text shows what was typed`() {
        let typed = "*bold* _it_ ~no~ :x: > quote & <b>"
        let shown = String(
            String.UnicodeScalarView(
                Mrkdwn.unescaped(Mrkdwn(plain: typed).markup).unicodeScalars.filter {
                    !"\u{2060}\u{200b}".unicodeScalars.contains($0)
                }))
        #expect(shown == typed)
    }

    @Test(arguments: ["> quote", "a\n> quote", "a\n  > quote", ">>> all"])
    func `plain text opens no quotation`(typed: String) {
        for line in Mrkdwn(plain: typed).markup.split(separator: "\n") {
            #expect(!line.drop(while: \.isWhitespace).hasPrefix("&gt;"))
        }
    }

    @Test func `nothing invisible reverses what is shown`() {
        let typed = "abc\u{202e}def\u{2066}x\u{0}\u{1b}[0m\ty"
        #expect(Mrkdwn(typed).markup == "abcdefx[0m\ty")
        #expect(Mrkdwn(plain: typed).markup == "abcdefx[0m\ty")
    }

    @Test func `parts join and quote`() {
        let parts: [Mrkdwn] = ["*a*", "\("<b>")"]
        #expect(parts.joined(separator: ", ").markup == "*a*, &lt;b&gt;")
        #expect(Mrkdwn("a\nb").quoted.markup == ">a\n>b")
        #expect(("a" + "b" as Mrkdwn).markup == "ab")
    }
}

@Suite struct `Shortening` {
    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("", 6, ""), ("a&amp;b&amp;c", 10, "a&amp;b…"),
        ("abc <@U123> d", 10, "abc …"), ("abc <@U123> d", 12, "abc <@U123>…"), ("<https://x.example|label>", 10, "…"),
        ("a < b and more", 8, "a < b a…"), ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 12, "👩‍👩‍👧‍👦…"), ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 11, "…"),
        ("*a* `code is long` b", 12, "*a* `code …`"), ("```long long``` x", 12, "```long …```"),
    ])
    func `a text is cut where nothing breaks`(text: String, limit: Int, expected: String) {
        #expect(SlackText.shortened(text, to: limit) == expected)
    }

    @Test func `a character with ten thousand marks is cut between them`() {
        let zalgo = "a" + String(repeating: "\u{301}", count: 10_000)
        let shortened = SlackText.shortened(zalgo, to: 150)
        #expect(SlackText.length(shortened) == 150)
        #expect(shortened.unicodeScalars.last == "…")
    }

    @Test func `a sign that binds to the next one does not tear an entity or a token`() {
        let text = String(repeating: "\u{600}&lt;\u{301}", count: 100)
        for limit in 1...60 {
            let shortened = SlackText.shortened(text, to: limit)
            #expect(SlackText.length(shortened) <= limit)
            #expect(!Mrkdwn.unescaped(shortened).unicodeScalars.contains("&"))
        }
    }

    @Test func `cutting never makes a text longer than its limit, whatever the limit`() {
        var random = Hostile(seed: 7)
        for _ in 0..<200 {
            let text = Mrkdwn(random.text()).markup
            for limit in [1, 2, 5, 24, 75, 150, 3000] {
                let shortened = SlackText.shortened(text, to: limit)
                #expect(SlackText.length(shortened) <= limit)
                #expect(shortened == text || shortened.unicodeScalars.contains("…"))
            }
        }
    }
}
