import ApprovalCore
import SlackContract
import Support

/// What a form carries along for us: which flow it asks for, as of which revision. People cannot edit it, and it
/// decides nothing: everything is checked again on submission.
struct PromptMetadata: Hashable {
    var flow: String?
    var revision: String?
    var target: String?

    init(flow: String? = nil, revision: String? = nil, target: String? = nil) {
        self.flow = flow
        self.revision = revision
        self.target = target
    }

    /// Reads what `text` wrote; anything else is empty metadata.
    init(_ text: String) {
        guard let json = try? JSONValue(parsing: text) else { return }
        flow = json["flow"]?.text
        revision = json["revision"]?.text
        target = json["target"]?.text
    }

    var text: PrivateMetadata? {
        var json = JSONObject()
        if let flow { json["flow"] = .string(flow) }
        if let revision { json["revision"] = .string(revision) }
        if let target { json["target"] = .string(target) }
        return PrivateMetadata(JSONValue.object(json).compact)
    }
}
