import SlackContract
import Support

/// Texts and blocks that a careless program would pass on to Slack as they are. The same seed gives the same ones.
struct Hostile {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return range.lowerBound + Int((state >> 33) % UInt64(range.count))
    }

    mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }

    private static let pieces = [
        "<!channel>", "<!here>", "<!everyone>", "<@U12345>", "<#C1|x>", "<!subteam^S1>", "<https://evil.example|click>",
        "&", "&amp;", "&lt;", "<", ">", "|", "`", "```", "*", "_", "~", ":x:", "\n", "\r\n", "\t", " ", "\u{0}",
        "\u{7}",
        "\u{202e}", "\u{2066}", "\u{600}", "👩‍👩‍👧‍👦", "🇪🇺", "é", "e\u{301}", "\u{301}\u{301}\u{301}", "ﷺ", "漢", "\u{200d}",
        "\u{fe0f}",
        "word", "\"", "\\", "'", "{\"a\":1}",
    ]

    mutating func text() -> String {
        switch number(1...40) {
        case 1...3: return ""
        case 4: return " \n\t "
        case 5: return String(repeating: "a", count: number(20...10_000))
        case 6: return "x" + String(repeating: "\u{301}", count: number(1...5000))
        case 7: return String(repeating: "👩‍👩‍👧‍👦", count: number(1...400))
        case 8: return String(repeating: "&", count: number(20...3000))
        case 9: return pieces(100...800)
        default: return pieces(1...20)
        }
    }

    private mutating func pieces(_ count: ClosedRange<Int>) -> String {
        (0..<number(count)).map { _ in Self.pieces[number(0...Self.pieces.count - 1)] }.joined()
    }

    mutating func plain() -> PlainText { PlainText(text(), showsEmoji: chance(50)) }

    mutating func mrkdwn() -> Mrkdwn {
        switch number(1...5) {
        case 1: "*\(text())*"
        case 2: "\(plain: text())"
        case 3: "\(code: text()) \(link: "https://x.example/" + text(), label: text())"
        case 4: "\(codeBlock: text())"
        default: Mrkdwn(text())
        }
    }

    mutating func options(_ count: ClosedRange<Int>) -> [Option] {
        (0..<number(count)).map { _ in Option(plain(), value: text(), description: chance(30) ? plain() : nil) }
    }

    mutating func optionList() -> OptionList {
        let options = options(chance(4) ? 90...130 : 1...12)
        if chance(20),
            let list = OptionList(groups: [OptionGroup(plain(), options: options), OptionGroup("", options: [])])
        {
            return list
        }
        return OptionList(options) ?? OptionList([Option("x", value: "x")])!
    }

    mutating func confirm() -> ConfirmDialog? {
        chance(30) ? ConfirmDialog(title: plain(), text: plain(), confirm: plain(), deny: plain()) : nil
    }

    mutating func element() -> Element {
        let id = chance(50) ? "same" : text()
        let options = optionList()
        let value = options.options.randomValue(&self)
        switch number(1...16) {
        case 1: return .button(id: id, text: plain(), value: text(), style: .danger, confirm: confirm())
        case 2: return .linkButton(id: id, text: plain(), url: "https://x.example/" + text())
        case 3: return .staticSelect(id: id, options: options, initial: value, placeholder: plain())
        case 4:
            return .multiStaticSelect(
                id: id, options: options, initial: [value, value, "no"], selectedMax: number(-1...3))
        case 5:
            return .externalSelect(
                id: id, initial: options.options.first, queryMin: number(-1...3), placeholder: plain())
        case 6: return .multiExternalSelect(id: id, initial: options.options, selectedMax: 2)
        case 7: return .usersSelect(id: id, initial: chance(50) ? "" : "U1", placeholder: plain())
        case 8: return .multiUsersSelect(id: id, initial: ["U1", "", "U2"], selectedMax: 1)
        case 9: return .conversationsSelect(id: id, filter: .init(), placeholder: plain())
        case 10: return .checkboxes(id: id, options: options, initial: [value, "no"])
        case 11: return .radioButtons(id: id, options: options, initial: value)
        case 12: return .overflow(id: id, options: options, confirm: confirm())
        case 13: return .datePicker(id: id, initial: chance(50) ? "2024-02-29" : text(), placeholder: plain())
        case 14: return .timePicker(id: id, initial: chance(50) ? "23:59" : text())
        case 15:
            return .textInput(
                id: id, multiline: true, initial: text(), lengths: number(-5...4000)...number(4000...9000),
                placeholder: plain())
        default:
            return .numberInput(id: id, initial: text(), min: "5", max: chance(50) ? "9" : "1", placeholder: plain())
        }
    }

    mutating func block() -> Block {
        let id: String? = chance(30) ? nil : chance(50) ? "same" : text()
        switch number(1...7) {
        case 1:
            let fields = (0..<number(0...25)).map { _ in mrkdwn() }
            return .section(mrkdwn(), fields: fields, accessory: chance(50) ? element() : nil, id: id)
        case 2: return .plainSection(plain(), accessory: chance(50) ? element() : nil, id: id)
        case 3: return .header(plain(), id: id)
        case 4: return .context((0..<number(0...23)).map { _ in mrkdwn() }, id: id)
        case 5: return .divider(id: id)
        case 6: return .actions((0..<number(0...30)).map { _ in element() }, id: id)
        default: return .input(label: plain(), element: element(), hint: plain(), isOptional: chance(50), id: id)
        }
    }

    mutating func blocks(_ count: ClosedRange<Int>) -> [Block] { (0..<number(count)).map { _ in block() } }
}

extension [Option] {
    fileprivate func randomValue(_ random: inout Hostile) -> String { self[random.number(0...count - 1)].value }
}
