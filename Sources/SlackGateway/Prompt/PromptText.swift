import ApprovalCore
import FlowConfig
import SlackContract

/// Sentences around the form.
enum PromptText {
    static func unknownFlow(_ word: String, known: [Flow]) -> Message {
        let sentence = noFlow(word, known: known)
        return Message(text: sentence, blocks: [.section(sentence)])
    }

    /// - Parameter known: those that this person is offered: others are not named.
    static func noFlow(_ word: String, known: [Flow]) -> Mrkdwn {
        let names = known.map { Mrkdwn("\($0.name)") }
        let list: Mrkdwn =
            names.isEmpty
            ? "There are no flows in this workspace."
            : "There are: \(raw: names.prefix(20).joined(separator: ", "))."
        return "There is no flow \(code: word). \(raw: list) Type `/sym` to choose one."
    }

    static func broken(_ flow: BrokenFlow) -> Mrkdwn {
        "*\(plain: flow.label)* cannot be used at the moment. \(plain: flow.reason)"
    }

    static let guests: Mrkdwn =
        "Guests can approve and deny, but not make requests. Ask a member of the team to request it for you."
    static let inactive: Mrkdwn = "Your account is deactivated."
    static let cannotTell: Mrkdwn =
        "Slack did not tell us who you are just now. Close this window and type `/sym` again in a moment."
    static let notOfferedPlain =
        "What you can ask for could not be found out just now. Please try again in a moment; an admin has been told."
    static let notOffered = Mrkdwn(notOfferedPlain)
    /// - Parameter message: what `on_prompt` says.
    static func refused(_ message: String?) -> Mrkdwn {
        guard let said = Mrkdwn.quotation(message, to: 1000) else { return "This form is not for you." }
        return "This form is not for you just now:\n\(raw: said)"
    }

    static let promptFailed: Mrkdwn =
        "The flow's own code failed, so this form cannot be shown. Try again; if it fails again, tell an admin."
    static let optionsLoading = "The options are still being loaded. Please submit again in a moment."
    static func optionsFailed(_ reason: String) -> String {
        "The options could not be loaded, so this cannot be checked: \(reason.prefix(FieldBlock.reasonMax))"
    }
    static func changeFailed(_ label: String, _ reason: String) -> String {
        "The form could not follow the change of \(label): \(reason.prefix(FieldBlock.reasonMax))"
    }
    static let changed = "This form has changed since you opened it. Close it and type /sym again."

    static func submitted(_ flow: Flow) -> Mrkdwn {
        "Your request for *\(plain: flow.label)* is on its way. You can close this window: a direct message keeps you posted."
    }
}
