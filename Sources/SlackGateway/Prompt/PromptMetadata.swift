import ApprovalCore
import SlackContract
import Support

/// What a form carries along for us: which flow it asks for, as of which revision, and how it differs from that flow's
/// own form since `on_change` functions have changed it. People cannot edit it. What may be asked for is checked again
/// on submission all the same.
struct PromptMetadata: Hashable {
    var flow: String?
    var revision: String?
    /// Chosen when the form was opened.
    var target: String?
    var changes: Changes?

    enum Changes: Hashable {
        case inline(JSONObject)
        /// Too many to travel along: the name under which `FormShelf` keeps them.
        case kept(String)
    }

    init(flow: String? = nil, revision: String? = nil, target: String? = nil, changes: Changes? = nil) {
        self.flow = flow
        self.revision = revision
        self.target = target
        self.changes = changes
    }

    /// Reads what `text` wrote; anything else is empty metadata.
    init(_ text: String) {
        guard let json = try? JSONValue(parsing: text) else { return }
        flow = json["flow"]?.text
        revision = json["revision"]?.text
        target = json["target"]?.text
        if let inline = json["form"]?.object { changes = .inline(inline) }
        if let name = json["form"]?.text { changes = .kept(name) }
    }

    /// `nil` where it is longer than Slack takes.
    var text: PrivateMetadata? {
        var json = JSONObject()
        if let flow { json["flow"] = .string(flow) }
        if let revision { json["revision"] = .string(revision) }
        if let target { json["target"] = .string(target) }
        switch changes {
        case .inline(let changes): json["form"] = .object(changes)
        case .kept(let name): json["form"] = .string(name)
        case nil: break
        }
        return PrivateMetadata(JSONValue.object(json).compact)
    }
}

extension PromptForm {
    /// How this form differs from the flow's own, without what people entered where they see it: that comes with every
    /// payload.
    var differences: JSONObject {
        var fields = JSONObject()
        for field in self.fields {
            let differences = field.differences
            if !differences.isEmpty { fields[field.name] = .object(differences) }
        }
        return fields.isEmpty ? [:] : ["f": .object(fields)]
    }

    /// - Parameter headerText: the flow's own.
    func differences(from headerText: String?) -> JSONObject {
        var all = differences
        if self.headerText != headerText { all["h"] = self.headerText.map(JSONValue.string) ?? .null }
        return all
    }

    /// Takes in what `differences` wrote. What the flow no longer has is passed over.
    mutating func take(_ differences: JSONObject, workspace: String) {
        if let text = differences["h"] { headerText = text.text }
        for (name, members) in differences["f"]?.object ?? [:] { self[name]?.take(members, workspace: workspace) }
    }
}

extension PromptForm.Field {
    fileprivate var differences: JSONObject {
        var json = JSONObject()
        if label != original.label { json["l"] = .string(label) }
        if isRequired != original.isRequired { json["r"] = .bool(isRequired) }
        if isVisible != original.isVisible { json["v"] = .bool(isVisible) }
        if version != 0 { json["n"] = .int(Int64(version)) }
        if let options { json["o"] = .array(options.map { [$0.value.json, .string($0.label)] }) }
        if !isVisible, isSetByHandler { json["x"] = value?.json ?? .null }
        return json
    }

    fileprivate mutating func take(_ json: JSONValue, workspace: String) {
        let kind = original.kind
        if let label = json["l"]?.text { self.label = label }
        if let isRequired = json["r"]?.flag { self.isRequired = isRequired }
        if let isVisible = json["v"]?.flag { self.isVisible = isVisible }
        if let version = json["n"]?.integer { self.version = Int(clamping: version) }
        options = json["o"]?.elements?.compactMap { option in
            kind.entry.value(of: option[0] ?? .null, workspace: workspace).map {
                FieldOption(value: $0, label: option[1]?.text ?? $0.settingText)
            }
        }
        if let value = json["x"] {
            self.value = kind.value(of: value, workspace: workspace)
            isSetByHandler = true
        }
    }
}
