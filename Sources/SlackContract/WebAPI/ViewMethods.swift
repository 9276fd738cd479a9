package import Support

/// The view as the server keeps it.
package struct StoredView: Hashable, Sendable {
    package var id: String
    package var hash: String?
    package var rootViewID: String?

    init(_ body: JSONValue, of method: String) throws(SlackDecodingError) {
        let view = try body.requiredObject("view", of: method)
        id = try view.required("id", of: "view")
        hash = view.string("hash")
        rootViewID = view.string("root_view_id")
    }
}

/// Opens a modal. The trigger lives three seconds and works once (slack.md 1.10).
package struct ViewsOpen: SlackMethod {
    package static let name = "views.open"
    package static let encoding = SlackEncoding.json
    package let arguments: JSONObject

    package init(view: View, triggerID: Secret) {
        arguments = ["trigger_id": .string(triggerID.reveal { $0 }), "view": view.json]
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> StoredView {
        try StoredView(body, of: name)
    }
}

/// Puts a modal on top of the one that is open; at most three lie on each other.
package struct ViewsPush: SlackMethod {
    package static let name = "views.push"
    package static let encoding = SlackEncoding.json
    package let arguments: JSONObject

    package init(view: View, triggerID: Secret) {
        arguments = ["trigger_id": .string(triggerID.reveal { $0 }), "view": view.json]
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> StoredView {
        try StoredView(body, of: name)
    }
}

/// Changes an open modal. An element keeps what was filled in while its block and action ids stay (slack.md 3.2).
package struct ViewsUpdate: SlackMethod {
    package static let name = "views.update"
    package static let encoding = SlackEncoding.json
    package let arguments: JSONObject

    /// - Parameter hash: with it, the call fails where the view has changed in the meantime.
    package init(view: View, viewID: String, hash: String? = nil) {
        var arguments: JSONObject = ["view_id": .string(viewID), "view": view.json]
        arguments.add("hash", hash)
        self.arguments = arguments
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> StoredView {
        try StoredView(body, of: name)
    }
}

/// Sets the Home tab of one person.
package struct ViewsPublish: SlackMethod {
    package static let name = "views.publish"
    package static let encoding = SlackEncoding.json
    package let arguments: JSONObject

    package init(view: View, user: String, hash: String? = nil) {
        var arguments: JSONObject = ["user_id": .string(user), "view": view.json]
        arguments.add("hash", hash)
        self.arguments = arguments
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> StoredView {
        try StoredView(body, of: name)
    }
}
