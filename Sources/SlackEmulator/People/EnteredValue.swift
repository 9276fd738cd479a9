import Support

/// Turns what a test or the page says a person entered into what the element holds.
///
/// Texts and numbers stand for themselves, options for their `value` or their text, people and conversations for ids or
/// names, and `null` for nothing. Lists take an array.
struct EnteredValue {
    let world: World
    let person: Person
    /// The options that external menus have offered.
    let offered: [ElementState.Key: [JSONValue]]

    func value(_ given: JSONValue, for placed: ElementState.Placed) throws(PersonRefusal) -> JSONValue {
        if ElementState.isList(placed.type) {
            let list = given.elements ?? (given.isNull ? [] : [given])
            var values: [JSONValue] = []
            for item in list { values.append(try single(item, for: placed)) }
            return .array(values)
        }
        if given.isNull { return nil }
        return try single(given, for: placed)
    }

    private func single(_ given: JSONValue, for placed: ElementState.Placed) throws(PersonRefusal) -> JSONValue {
        switch placed.type {
        case "plain_text_input", "email_text_input", "url_text_input", "number_input":
            guard let text = text(given) else { throw wrong(given, placed, "a text") }
            return text.isEmpty ? nil : .string(text)
        case "static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow":
            return try option(given, among: OptionList.options(of: placed.element), placed)
        case "external_select", "multi_external_select":
            let key = ElementState.Key(block: placed.blockID, action: placed.actionID)
            var options = offered[key] ?? []
            options += [placed.element["initial_option"]].compactMap { $0 }
            options += placed.element["initial_options"]?.elements ?? []
            return try option(given, among: options, placed)
        case "users_select", "multi_users_select":
            guard let found = given.text.flatMap({ world.person(named: $0, in: person.workspace) }),
                world.directory.knows(person.workspace, found)
            else { throw wrong(given, placed, "a user") }
            return .string(found.id)
        case "conversations_select", "multi_conversations_select", "channels_select", "multi_channels_select":
            guard let found = given.text.flatMap({ world.conversation(named: $0, for: person) }),
                found.kind == .open || found.members.contains(person.id)
            else { throw wrong(given, placed, "a conversation that \(person.name) can see") }
            if placed.type.hasSuffix("channels_select"), found.kind != .open {
                throw wrong(given, placed, "a public channel")
            }
            return .string(found.id)
        case "datepicker":
            guard let text = given.text, CalendarText.isDate(text) else { throw wrong(given, placed, "YYYY-MM-DD") }
            return given
        case "timepicker":
            guard let text = given.text, CalendarText.isTime(text) else { throw wrong(given, placed, "HH:mm") }
            return given
        case "datetimepicker":
            guard given.integer != nil else { throw wrong(given, placed, "seconds since 1970") }
            return given
        case "rich_text_input":
            if given.object != nil { return given }
            guard let text = given.text else { throw wrong(given, placed, "a text or a rich_text block") }
            return [
                "type": "rich_text",
                "elements": [
                    ["type": "rich_text_section", "elements": [["type": "text", "text": .string(text)]]]
                ],
            ]
        case "file_input": return given
        default: throw PersonRefusal("not_an_input", "A \(placed.type) holds no value.")
        }
    }

    private func text(_ given: JSONValue) -> String? {
        switch given {
        case .string(let text): text
        case .int(let number): String(number)
        case .double(let number): "\(number)"
        default: nil
        }
    }

    private func option(
        _ given: JSONValue, among options: [JSONValue], _ placed: ElementState.Placed
    ) throws(PersonRefusal) -> JSONValue {
        let wanted = given["value"]?.text ?? given.text ?? text(given)
        let byValue = options.first { $0["value"]?.text == wanted }
        guard let found = byValue ?? options.first(where: { $0["text"]?["text"]?.text == wanted }) else {
            let names = options.compactMap { $0["value"]?.text }.joined(separator: ", ")
            throw wrong(given, placed, "one of its options (\(names))")
        }
        return found
    }

    private func wrong(_ given: JSONValue, _ placed: ElementState.Placed, _ expected: String) -> PersonRefusal {
        PersonRefusal(
            "not_an_option",
            "\(placed.type) \(placed.actionID) in block \(placed.blockID): found \(given.compact), expected \(expected)."
        )
    }
}

extension World {
    /// A conversation by id or name (`#ops`); `@app` is the person's DM with the app, once there is one.
    func conversation(named text: String, for person: Person) -> Conversation? {
        if let conversation = directory.conversation(text) { return conversation }
        if text == "@app" {
            let bots = directory.installations.map(\.botUser)
            return directory.conversations.first {
                $0.kind == .direct && $0.members.contains(person.id) && $0.members.contains(where: bots.contains)
            }
        }
        let name = text.hasPrefix("#") ? String(text.dropFirst()) : text
        return directory.conversations.first {
            !name.isEmpty && $0.name == name && $0.workspaces.contains(person.workspace)
        }
    }
}
