package import ApprovalCore
package import SlackContract
import Support

/// What the value of a button on a card says: which run, and which round of asking the card belonged to.
package struct RunButton: Hashable, Sendable {
    package var run: RunID
    /// A decision counts for the round that was on the card only.
    package var round: Int

    package init(run: RunID, round: Int) {
        self.run = run
        self.round = round
    }

    private static let runLengthMax = 64
    private static let roundMax = 1_000_000

    /// - Parameter value: of a button that was pressed; `nil` for anything that no card of ours carries.
    package init?(value: String) {
        guard let separator = value.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let run = value[..<separator]
        let digits = value[value.utf8.index(after: separator)...]
        guard (1...RunButton.runLengthMax).contains(run.utf8.count), run.utf8.allSatisfy(RunButton.isOfRunID),
            digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let round = Int(digits), round <= RunButton.roundMax, String(round) == digits
        else { return nil }
        self.init(run: RunID(String(run)), round: round)
    }

    package var value: String { "\(run.text):\(round)" }

    /// A button that somebody pressed, and what it asks for.
    package struct Pressed: Hashable, Sendable {
        package var action: Receipt.Action
        package var run: RunButton

        /// - Parameter used: `nil` for every element that is no button of a card.
        package init?(_ used: BlockAction) {
            guard let action = Receipt.Action(actionID: used.name), case .button(let value?) = used.value,
                let run = RunButton(value: value)
            else { return nil }
            self.action = action
            self.run = run
        }
    }

    private static func isOfRunID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension Receipt.Action {
    private static let actionIDPrefix = "sym_"

    /// The `action_id` of the button that asks for it.
    package var actionID: String { Receipt.Action.actionIDPrefix + rawValue }

    /// - Parameter actionID: of an element that was pressed; `nil` for any that is no button of a card.
    package init?(actionID: String) {
        guard actionID.hasPrefix(Receipt.Action.actionIDPrefix) else { return nil }
        self.init(rawValue: String(actionID.dropFirst(Receipt.Action.actionIDPrefix.count)))
    }
}
