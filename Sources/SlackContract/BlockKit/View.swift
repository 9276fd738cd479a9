package import Support

/// What we put into a view for ourselves. It must fit as it is: cut, it could not be read back.
package struct PrivateMetadata: Hashable, Sendable {
    package let text: String

    /// `nil` beyond `Limits.privateMetadata`.
    package init?(_ text: String) {
        guard SlackText.length(text) <= Limits.privateMetadata else { return nil }
        self.text = text
    }
}

/// A modal or Home tab.
package struct View: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A modal with inputs gets a submit button in any case: Slack refuses it without.
        case modal(title: PlainText, submit: PlainText? = nil, close: PlainText? = nil)
        case home
    }

    package var kind: Kind
    package var blocks: [Block]
    package var callbackID: String?
    package var privateMetadata: PrivateMetadata?
    /// Submitting closes the whole stack; only empty answers can.
    package var clearsOnClose: Bool
    package var notifiesOnClose: Bool

    private init(
        kind: Kind, blocks: [Block], callbackID: String?, privateMetadata: PrivateMetadata?, clearsOnClose: Bool,
        notifiesOnClose: Bool
    ) {
        self.kind = kind
        self.blocks = blocks
        self.callbackID = callbackID
        self.privateMetadata = privateMetadata
        self.clearsOnClose = clearsOnClose
        self.notifiesOnClose = notifiesOnClose
    }

    package static func modal(
        title: PlainText, submit: PlainText? = nil, close: PlainText? = nil, callbackID: String? = nil,
        privateMetadata: PrivateMetadata? = nil, clearsOnClose: Bool = false, notifiesOnClose: Bool = false,
        blocks: [Block]
    ) -> View {
        View(
            kind: .modal(title: title, submit: submit, close: close), blocks: blocks, callbackID: callbackID,
            privateMetadata: privateMetadata, clearsOnClose: clearsOnClose, notifiesOnClose: notifiesOnClose
        )
    }

    package static func home(callbackID: String? = nil, privateMetadata: PrivateMetadata? = nil, blocks: [Block])
        -> View
    {
        View(
            kind: .home, blocks: blocks, callbackID: callbackID, privateMetadata: privateMetadata, clearsOnClose: false,
            notifiesOnClose: false
        )
    }

    package var json: JSONValue {
        let shown = blocks.isEmpty ? [Block.section(.empty)] : blocks
        let encoded = BlockList.json(shown, countMax: Limits.viewBlocks, bytesMax: Limits.viewBlocksBytes)
        var json: JSONObject = [:]
        switch kind {
        case .home: json["type"] = "home"
        case .modal(let title, let submit, let close):
            json["type"] = "modal"
            json["title"] = title.json(limit: Limits.viewTitle)
            if let submit, !submit.isBlank {
                json["submit"] = submit.json(limit: Limits.viewTitle)
            } else if blocks.contains(where: \.isInput) {
                json["submit"] = PlainText("Submit").json(limit: Limits.viewTitle)
            }
            if let close, !close.isBlank { json["close"] = close.json(limit: Limits.viewTitle) }
            if clearsOnClose { json["clear_on_close"] = true }
            if notifiesOnClose { json["notify_on_close"] = true }
        }
        json["blocks"] = .array(encoded)
        if let callbackID { json["callback_id"] = .string(OpaqueText.fitted(callbackID, to: Limits.identifier)) }
        if let privateMetadata { json["private_metadata"] = .string(privateMetadata.text) }
        return .object(json)
    }
}

/// The answer to a view submission, within three seconds (slack.md 1.5).
package enum ViewAnswer: Hashable, Sendable {
    /// Closes this view: a body of no bytes.
    case close
    /// Keeps the view. The keys are ids of input blocks in that very view; any other makes Slack refuse the answer.
    case errors([String: PlainText])
    case update(View)
    /// Slack refuses a fourth view.
    case push(View)
    /// Closes the whole stack.
    case clear

    /// `nil` for an empty body.
    package var json: JSONValue? {
        switch self {
        case .close: .none
        case .errors(let errors) where errors.isEmpty: .none
        case .errors(let errors):
            [
                "response_action": "errors",
                "errors": .object(
                    JSONObject(
                        errors.sorted { $0.key < $1.key }.map {
                            (
                                $0.key,
                                .string(
                                    SlackText.cut(
                                        $0.value.isBlank ? SlackText.placeholder : $0.value.text, to: Limits.label))
                            )
                        })),
            ]
        case .update(let view): ["response_action": "update", "view": view.json]
        case .push(let view): ["response_action": "push", "view": view.json]
        case .clear: ["response_action": "clear"]
        }
    }
}
