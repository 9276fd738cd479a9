import Support

/// Reads a workspace file and collects everything that is wrong with it.
struct WorkspaceReader {
    private(set) var problems: [WorkspaceFileError.Problem] = []
    private var result = Directory()
    private var usedIDs: Set<String> = []
    private var counter = 0

    mutating func directory(_ document: JSONValue) -> Directory {
        let known = ["app", "workspaces", "installations", "users", "channels", "usergroups"]
        guard let root = object(document, at: "", known: known) else { return result }
        if let app = root["app"] { readApp(app) }
        each(root, "workspaces", at: "") { reader, item, path in reader.readWorkspace(item, at: path) }
        if result.workspaces.isEmpty { report("workspaces", "at least one workspace is needed") }
        each(root, "users", at: "") { reader, item, path in reader.readPerson(item, at: path) }
        each(root, "installations", at: "") { reader, item, path in reader.readInstallation(item, at: path) }
        each(root, "channels", at: "") { reader, item, path in reader.readChannel(item, at: path) }
        each(root, "usergroups", at: "") { reader, item, path in reader.readGroup(item, at: path) }
        return result
    }

    // MARK: The sections

    private mutating func readApp(_ value: JSONValue) {
        let known = ["id", "name", "messages_tab", "home_tab", "commands", "shortcuts"]
        guard let app = object(value, at: "app", known: known) else { return }
        if let id = text(app, "id", at: "app") { result.app.id = id }
        if let name = text(app, "name", at: "app") { result.app.name = name }
        result.app.hasMessagesTab = flag(app, "messages_tab", at: "app", default: true)
        result.app.hasHomeTab = flag(app, "home_tab", at: "app", default: true)
        each(app, "commands", at: "app") { reader, item, path in
            let known = ["command", "description", "usage_hint", "should_escape"]
            guard let object = reader.object(item, at: path, known: known),
                let command = reader.required(object, "command", at: path)
            else { return }
            guard command.hasPrefix("/"), (2...32).contains(command.count) else {
                return reader.report(
                    "\(path).command", "found \"\(command)\", expected a slash and up to 31 characters")
            }
            reader.result.app.commands.append(
                SlashCommandRegistration(
                    command: command, summary: reader.text(object, "description", at: path) ?? "",
                    usageHint: reader.text(object, "usage_hint", at: path) ?? "",
                    escapes: reader.flag(object, "should_escape", at: path, default: false)))
        }
        each(app, "shortcuts", at: "app") { reader, item, path in
            guard let object = reader.object(item, at: path, known: ["callback_id", "name", "type", "description"]),
                let callback = reader.required(object, "callback_id", at: path)
            else { return }
            let kind: ShortcutRegistration.Kind = reader.choice(object, "type", at: path) ?? .global
            reader.result.app.shortcuts.append(
                ShortcutRegistration(
                    callbackID: callback, name: reader.text(object, "name", at: path) ?? callback, kind: kind))
        }
    }

    private mutating func readWorkspace(_ value: JSONValue, at path: String) {
        guard let object = object(value, at: path, known: ["id", "name", "domain", "enterprise"]),
            let name = required(object, "name", at: path)
        else { return }
        var workspace = Workspace(
            id: identifier(object, "id", at: path, prefix: "T"), name: name,
            domain: text(object, "domain", at: path) ?? name.lowercased().filter { $0.isLetter || $0.isNumber })
        if let value = object["enterprise"],
            let enterprise = self.object(value, at: "\(path).enterprise", known: ["id", "name"]),
            let id = required(enterprise, "id", at: "\(path).enterprise")
        {
            workspace.enterprise = .init(id: id, name: text(enterprise, "name", at: "\(path).enterprise") ?? id)
        }
        if result.workspaces.contains(where: { $0.domain == workspace.domain }) {
            report("\(path).domain", "\"\(workspace.domain)\" stands twice")
        }
        result.workspaces.append(workspace)
    }

    private mutating func readPerson(_ value: JSONValue, at path: String) {
        let known = [
            "id", "workspace", "name", "real_name", "email", "kind", "deactivated", "invited", "tz", "tz_offset",
            "locale",
        ]
        guard let object = object(value, at: path, known: known), let name = required(object, "name", at: path) else {
            return
        }
        var person = Person(
            id: identifier(object, "id", at: path, prefix: "U"), workspace: workspace(object, at: path) ?? "",
            name: name, realName: text(object, "real_name", at: path) ?? name)
        person.email = text(object, "email", at: path)
        person.kind = choice(object, "kind", at: path) ?? .member
        person.isDeactivated = flag(object, "deactivated", at: path, default: false)
        person.isInvited = flag(object, "invited", at: path, default: false)
        if let zone = text(object, "tz", at: path) { person.timeZone = zone }
        if let offset = object["tz_offset"]?.integer { person.timeZoneOffset = offset }
        if let locale = text(object, "locale", at: path) { person.locale = locale }
        if person.kind == .bot { person.botID = newID("B") }
        result.people.append(person)
    }

    private mutating func readInstallation(_ value: JSONValue, at path: String) {
        let known = ["workspace", "token", "scopes", "bot_user", "bot_id", "bot_name"]
        guard let object = object(value, at: path, known: known), let workspace = workspace(object, at: path) else {
            return
        }
        if result.installation(in: workspace) != nil {
            return report("\(path).workspace", "the app is installed there already")
        }
        let name = text(object, "bot_name", at: path) ?? result.app.name.lowercased()
        let botID = identifier(object, "bot_id", at: path, prefix: "B")
        let user = identifier(object, "bot_user", at: path, prefix: "U")
        var bot = Person(id: user, workspace: workspace, name: name, realName: result.app.name)
        bot.kind = .bot
        bot.botID = botID
        result.people.append(bot)
        let scopes = texts(object, "scopes", at: path)?.map(\.text)
        result.installations.append(
            Installation(
                workspace: workspace, token: text(object, "token", at: path) ?? "xoxb-emulator-\(workspace)",
                scopes: scopes ?? Installation.usualScopes, botUser: user, botID: botID))
    }

    private mutating func readChannel(_ value: JSONValue, at path: String) {
        let known = [
            "id", "name", "workspace", "shared_with", "private", "archived", "general", "members", "topic", "purpose",
        ]
        guard let object = object(value, at: path, known: known), let name = required(object, "name", at: path),
            let owner = workspace(object, at: path)
        else { return }
        var channel = Conversation(
            id: identifier(object, "id", at: path, prefix: "C"),
            name: name.hasPrefix("#") ? String(name.dropFirst()) : name,
            kind: flag(object, "private", at: path, default: false) ? .closed : .open, workspace: owner)
        for (text, place) in texts(object, "shared_with", at: path) ?? [] {
            if let other = find(workspace: text, at: place) { channel.sharedWith.append(other) }
        }
        channel.isArchived = flag(object, "archived", at: path, default: false)
        channel.isGeneral = flag(object, "general", at: path, default: false)
        channel.topic = text(object, "topic", at: path) ?? ""
        channel.purpose = text(object, "purpose", at: path) ?? ""
        for (text, place) in texts(object, "members", at: path) ?? [] {
            guard let person = find(person: text, in: channel.workspaces, at: place) else { continue }
            if !channel.workspaces.contains(person.workspace) {
                report(place, "\"\(text)\" is of a workspace that this channel is not shared with")
            }
            channel.members.append(person.id)
        }
        result.conversations.append(channel)
    }

    private mutating func readGroup(_ value: JSONValue, at path: String) {
        guard
            let object = object(
                value, at: path, known: ["id", "workspace", "handle", "name", "users", "disabled"]),
            let handle = required(object, "handle", at: path), let workspace = workspace(object, at: path)
        else { return }
        var users: [String] = []
        for (text, place) in texts(object, "users", at: path) ?? [] {
            if let person = find(person: text, in: [workspace], at: place) { users.append(person.id) }
        }
        result.groups.append(
            Usergroup(
                id: identifier(object, "id", at: path, prefix: "S"), workspace: workspace, handle: handle,
                name: text(object, "name", at: path) ?? handle, users: users,
                isDisabled: flag(object, "disabled", at: path, default: false)))
    }

    // MARK: References

    private mutating func workspace(_ object: JSONObject, at path: String) -> String? {
        guard object["workspace"] != nil else {
            if result.workspaces.count == 1 { return result.workspaces[0].id }
            report("\(path).workspace", "is missing, and there are several workspaces")
            return nil
        }
        guard let text = text(object, "workspace", at: path) else { return nil }
        return find(workspace: text, at: "\(path).workspace")
    }

    private mutating func find(workspace text: String, at path: String) -> String? {
        if let found = result.workspaces.first(where: { $0.id == text || $0.domain == text }) { return found.id }
        let names = result.workspaces.map(\.domain).joined(separator: ", ")
        report(path, "found \"\(text)\", expected the id or domain of a workspace: \(names)")
        return nil
    }

    private mutating func find(person text: String, in workspaces: [String], at path: String) -> Person? {
        if let found = result.person(text) { return found }
        let all = result.people.filter { $0.name == text }
        let near = all.filter { workspaces.contains($0.workspace) }
        switch (near.count, all.count) {
        case (1, _): return near[0]
        case (0, 1): return all[0]
        case (0, 0): report(path, "found \"\(text)\", expected the id or name of a user")
        default: report(path, "several users are called \"\(text)\"; write the id")
        }
        return nil
    }

    // MARK: Members

    private mutating func report(_ path: String, _ message: String) {
        problems.append(.init(path: path, message: message))
    }

    private func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private mutating func object(_ value: JSONValue, at path: String, known: [String]) -> JSONObject? {
        guard let object = value.object else {
            report(path, "found \(value.kind), expected an object")
            return nil
        }
        for name in object.names where !known.contains(name) {
            report(join(path, name), "is not known here; known are \(known.joined(separator: ", "))")
        }
        return object
    }

    private mutating func each(
        _ object: JSONObject, _ name: String, at path: String,
        _ body: (inout WorkspaceReader, JSONValue, String) -> Void
    ) {
        guard let value = object[name] else { return }
        guard let elements = value.elements else {
            return report(join(path, name), "found \(value.kind), expected an array")
        }
        for (index, element) in elements.enumerated() { body(&self, element, "\(join(path, name))[\(index)]") }
    }

    private mutating func text(_ object: JSONObject, _ name: String, at path: String) -> String? {
        guard let value = object[name], !value.isNull else { return nil }
        if let text = value.text, !text.isEmpty { return text }
        report(join(path, name), "found \(value.text == "" ? "an empty string" : value.kind), expected a string")
        return nil
    }

    private mutating func required(_ object: JSONObject, _ name: String, at path: String) -> String? {
        if object[name] == nil { report(join(path, name), "is missing") }
        return text(object, name, at: path)
    }

    private mutating func texts(
        _ object: JSONObject, _ name: String, at path: String
    ) -> [(text: String, path: String)]? {
        guard let value = object[name] else { return nil }
        guard let elements = value.elements else {
            report(join(path, name), "found \(value.kind), expected an array of strings")
            return nil
        }
        var texts: [(text: String, path: String)] = []
        for (index, element) in elements.enumerated() {
            let place = "\(join(path, name))[\(index)]"
            if let text = element.text {
                texts.append((text, place))
            } else {
                report(place, "found \(element.kind), expected a string")
            }
        }
        return texts
    }

    private mutating func flag(_ object: JSONObject, _ name: String, at path: String, default usual: Bool) -> Bool {
        guard let value = object[name] else { return usual }
        if value.flag == nil { report(join(path, name), "found \(value.kind), expected true or false") }
        return value.flag ?? usual
    }

    private mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ object: JSONObject, _ name: String, at path: String
    ) -> Choice? where Choice.RawValue == String {
        guard let text = text(object, name, at: path) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        report(join(path, name), "found \"\(text)\", expected one of \(names)")
        return nil
    }

    private mutating func identifier(_ object: JSONObject, _ name: String, at path: String, prefix: String) -> String {
        let id = text(object, name, at: path) ?? newID(prefix)
        if !usedIDs.insert(id).inserted { report(join(path, name), "the id \"\(id)\" stands twice") }
        return id
    }

    private mutating func newID(_ prefix: String) -> String {
        counter += 1
        return EmulatedID.text(prefix: prefix, number: counter)
    }
}

/// Ids that look like Slack's and are the same in every run.
enum EmulatedID {
    static func text(prefix: String, number: Int) -> String {
        let digits = String(number, radix: 36, uppercase: true)
        return prefix + "0E" + String(repeating: "0", count: max(0, 7 - digits.count)) + digits
    }
}
