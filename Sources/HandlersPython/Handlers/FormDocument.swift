import ApprovalCore
import Support

/// `FORM` of `symflow_worker/marshal.py`, and what comes back of it.
///
/// Targets have UUIDs in Python, as in `event.payload.fields["target_id"]`; here they have names.
struct FormDocument: Sendable {
    var form: PromptForm
    var flow: Flow
    /// What prefetched fields offer, by name.
    var prefetched: [String: [FieldOption]]
    /// What people who were chosen are called.
    var usernames: [Account: String]

    var json: JSONValue {
        [
            "fields": .array(form.fields.map(field)), "flow_vars": EventDocument.texts(flow.vars),
            "additional_header_text": form.headerText.map(JSONValue.string) ?? .null,
        ]
    }

    private func field(_ field: PromptForm.Field) -> JSONValue {
        let original = field.original.isPrefetched ? prefetched[field.name] ?? [] : field.flowOptions
        return [
            "name": .string(field.name), "type": .string(field.original.kind.rawValue),
            "value": field.value.map { plain($0, of: field) } ?? .null, "label": .string(field.label),
            "required": .bool(field.isRequired), "visible": .bool(field.isVisible),
            "current_allowed_values": options(field.options ?? original, of: field),
            "original_allowed_values": options(original, of: field),
        ]
    }

    private func options(_ options: [FieldOption], of field: PromptForm.Field) -> JSONValue {
        .array(options.map { ["value": plain($0.value, of: field), "label": .string($0.label)] })
    }

    private func plain(_ value: FieldValue, of field: PromptForm.Field) -> JSONValue {
        switch value {
        case .string(let name) where field.isTarget:
            flow.strategy.map { .string(EventDocument.targetID(name, of: $0)) } ?? .null
        case .user(let account): selection(account)
        case .users(let accounts): .array(accounts.map(selection))
        default: EventDocument.plain(value)
        }
    }

    private func selection(_ account: Account) -> JSONValue {
        ["user_id": .string(account.user), "username": usernames[account].map(JSONValue.string) ?? .null]
    }

    /// The people in this form.
    static func accounts(in form: PromptForm) -> [Account] {
        form.fields.flatMap { field -> [Account] in
            switch field.value {
            case .user(let account): [account]
            case .users(let accounts): accounts
            default: []
            }
        }
    }

    // MARK: And back

    /// `CHANGES`.
    ///
    /// - Throws: `.failed` where a value is not of the field's kind.
    func changes(_ json: JSONValue) throws(WorkerError) -> FormChanges {
        var changes = FormChanges()
        if let text = json["additional_header_text"] {
            changes.headerText = text.text.map { .to($0) } ?? .cleared
        }
        for (name, members) in json["fields"]?.object ?? [:] {
            guard let field = form[name] else { throw .garbage("a change of \(name), which the form does not have") }
            var change = FormChanges.Field()
            if let label = members["label"] { change.label = label.text.map { .to($0) } ?? .cleared }
            change.isRequired = members["required"]?.flag
            change.isVisible = members["visible"]?.flag
            if let options = members["current_allowed_values"]?.elements {
                change.options = []
                for option in options { change.options?.append(try self.option(option, of: field)) }
            }
            if let value = members["value"] {
                change.value = value.isNull || value == [] ? .cleared : .to(try self.value(value, of: field))
            }
            changes.fields[name] = change
        }
        return changes
    }

    private func value(_ json: JSONValue, of field: PromptForm.Field) throws(WorkerError) -> FieldValue {
        if field.isTarget { return .string(try target(json)) }
        guard let value = field.original.kind.value(of: json, workspace: flow.environment.workspace) else {
            throw .failed(Self.wrong(json, field, "the value"))
        }
        return value
    }

    private func option(_ json: JSONValue, of field: PromptForm.Field) throws(WorkerError) -> FieldOption {
        let value = json["value"] ?? .null
        let label = json["label"]?.text ?? ""
        if field.isTarget { return FieldOption(value: .string(try target(value)), label: label) }
        guard let value = Self.option(value, of: field.original, workspace: flow.environment.workspace) else {
            throw .failed(Self.wrong(value, field, "a choice"))
        }
        return FieldOption(value: value, label: label)
    }

    /// The value of one choice of a field.
    static func option(_ json: JSONValue, of field: PromptField, workspace: String) -> FieldValue? {
        field.kind.entry.value(of: json, workspace: workspace)
    }

    private func target(_ json: JSONValue) throws(WorkerError) -> String {
        let id = json.text?.lowercased()
        let found = flow.strategy?.targets.first { target in
            flow.strategy.map { EventDocument.targetID(target.name, of: $0) } == id || target.name.lowercased() == id
        }
        guard let found else {
            throw .failed(HandlerFault(of: "on_change", "no target of this flow has the id \(json.compact)"))
        }
        return found.name
    }

    static func wrong(_ json: JSONValue, _ field: PromptForm.Field, _ what: String) -> HandlerFault {
        HandlerFault(
            of: "on_change",
            "\(what) \(json.compact) is none for \(field.name), which holds \(field.original.kind.words)"
        )
    }
}
