import ApprovalCore
import SlackContract

/// Sentences around the form.
enum PromptText {
    static func unknownFlow(_ word: String, known: [Flow]) -> Message {
        let names = known.map { Mrkdwn("\($0.name)") }
        let list: Mrkdwn =
            names.isEmpty
            ? "There are no flows in this workspace."
            : "There are: \(raw: names.prefix(20).joined(separator: ", "))."
        let sentence: Mrkdwn = "There is no flow \(code: word). \(raw: list) Type `/sym` to choose one."
        return Message(text: sentence, blocks: [.section(sentence)])
    }

    static let guests: Mrkdwn =
        "Guests can approve and deny, but not make requests. Ask a member of the team to request it for you."
    static let inactive: Mrkdwn = "Your account is deactivated."
    static let cannotTell: Mrkdwn =
        "Slack did not tell us who you are just now. Close this window and type `/sym` again in a moment."
    static let changed = "This form has changed since you opened it. Close it and type /sym again."

    static func submitted(_ flow: Flow) -> Mrkdwn {
        "Your request for *\(plain: flow.label)* is on its way. You can close this window: a direct message keeps you posted."
    }
}
