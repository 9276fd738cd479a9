import ApprovalCore
import SlackContract

/// Values in the words of people.
enum Words {
    /// "1 approval", "2 approvals".
    static func count(_ number: Int64, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
    static func count(_ number: Int, _ noun: String) -> String { count(Int64(number), noun) }

    /// "a", "a and b", "a, b and c".
    static func list(_ items: [Mrkdwn], _ conjunction: Mrkdwn = "and") -> Mrkdwn {
        guard let last = items.last, items.count > 1 else { return items.first ?? .empty }
        return "\(raw: items.dropLast().joined(separator: ", ")) \(raw: conjunction) \(raw: last)"
    }

    /// The first digits of a hash: enough to tell versions of one thing apart.
    static func short(hash: String) -> Mrkdwn { "\(code: String(hash.prefix(hashDigits)))" }
    private static let hashDigits = 12

    /// What a person did, as a noun.
    static func noun(for action: Receipt.Action) -> String {
        switch action {
        case .approve: "approval"
        case .deny: "denial"
        case .revoke: "revocation"
        case .retry: "retry"
        case .confirmGranted, .confirmNotGranted: "confirmation"
        }
    }

    /// A person by mention, where Slack can show it: people of other workspaces are named, since outside of shared
    /// channels their ids mean nothing (slack.md 1.7).
    static func person(_ person: PersonReference, in flow: Flow?, for reader: CardReader = .guest) -> Mrkdwn {
        if let flow, person.account.workspace == flow.environment.workspace {
            return "\(user: person.account.user)"
        }
        let name = self.name(person)
        guard reader == .member, let email = person.email else { return name }
        return "\(raw: name) (\(plain: email))"
    }

    /// A person by name, notifying nobody.
    static func name(_ person: PersonReference) -> Mrkdwn {
        let name = oneLine(person.name)
        return Mrkdwn(plain: name.isEmpty ? person.account.user : name).shortened(to: nameMax)
    }
    private static let nameMax = 100

    static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// A label as it stands within a sentence.
    static func label(_ text: String) -> Mrkdwn {
        let line = oneLine(text)
        return line.isEmpty ? Mrkdwn(trusted: SlackText.placeholder) : Mrkdwn(plain: line).shortened(to: labelMax)
    }
    private static let labelMax = 150
}

extension Mrkdwn {
    /// What somebody said, with a bar at its left; nothing where they said nothing.
    static func quotation(_ text: String?, to limit: Int) -> Mrkdwn? {
        guard let text, !text.allSatisfy(\.isWhitespace) else { return nil }
        return Mrkdwn(plain: text).shortened(to: limit).quoted
    }

    var bold: Mrkdwn { "*\(raw: self)*" }
}
