import Support

extension ConfigReader {
    /// What a folder defines, in the form of the API: so that it is listed there, and can be referred to by what comes
    /// through it. Meaningful only where everything could be read.
    func definitions(_ document: ConfigDocument, _ parts: ConfigParts) -> [Entity] {
        var entities: [Entity] = []
        for kind in EntityKind.allCases {
            for node in document.lists[kind.listKey] ?? [] {
                guard let name = node.member("name")?.value.text, let id = parts.id(kind, named: name) else { continue }
                entities.append(
                    Entity(
                        kind: kind, id: id, slug: name.lowercased(),
                        body: WireBody(reader: self, parts).body(kind, node),
                        place: "\(node.file): \(node.path)"))
            }
        }
        if let node = document.singles[EntityKind.flowsFilter.listKey] {
            let kind = EntityKind.flowsFilter
            entities.append(
                Entity(
                    kind: kind, id: Entity.folderID(kind.rawValue), slug: kind.model,
                    body: WireBody(reader: self, parts).body(kind, node), place: "\(node.file): \(node.path)"))
        }
        return entities
    }
}

/// Writes what stands in a folder as the API has it: ids for names, content for files, texts in maps.
private struct WireBody {
    private let reader: ConfigReader
    private let parts: ConfigParts

    init(reader: ConfigReader, _ parts: ConfigParts) {
        self.reader = reader
        self.parts = parts
    }

    private static let references: [String: EntityKind] = [
        "environment": .environments, "strategy": .strategies, "integration": .integrations, "source": .secretSources,
        "runtime": .runtimes, "context": .integrations, "error_logger": .errorLoggers,
    ]

    func body(_ kind: EntityKind, _ node: ConfigNode) -> JSONObject {
        var body: JSONObject = [:]
        for (name, member) in node.members where !member.value.isNull {
            switch name {
            case "name": if kind.hasGivenSlug { body["slug"] = .string((member.value.text ?? "").lowercased()) }
            case "params": body["params"] = .object(params(member))
            case "implementation": body[name] = .string(content(member))
            case "settings": body[name] = .object(settings(member))
            case "vars": body[name] = .object(texts(member))
            case "integrations":
                body[name] = .object(
                    JSONObject(member.members.map { ($0.name + "_id", id(.integrations, $0.node.value)) }))
            case "targets": body[name] = .array(member.elements.map { id(.targets, $0.value) })
            case "log_destinations":
                body["log_destination_ids"] = .array(member.elements.map { id(.logDestinations, $0.value) })
            default:
                if let kind = Self.references[name] {
                    body[name + "_id"] = id(kind, member.value)
                } else {
                    body[name] = member.value
                }
            }
        }
        return body
    }

    private func id(_ kind: EntityKind, _ name: JSONValue) -> JSONValue {
        name.text.flatMap { parts.id(kind, named: $0) }.map(JSONValue.string) ?? .null
    }

    private func params(_ node: ConfigNode) -> JSONObject {
        var params: JSONObject = [:]
        for (name, member) in node.members where !member.value.isNull {
            switch name {
            case "strategy": params["strategy_id"] = id(.strategies, member.value)
            case "prompt_fields": params[name] = .array(member.elements.map { .object(promptField($0)) })
            default: params[name] = member.value
            }
        }
        return params
    }

    private func promptField(_ node: ConfigNode) -> JSONObject {
        var field: JSONObject = [:]
        for (name, member) in node.members where !member.value.isNull {
            switch name {
            case "on_change": field[name] = .string(content(member))
            // Texts also for numbers (sym-api.md 14.5).
            case "allowed_values": field[name] = .array(member.elements.map { .string(text($0.value)) })
            case "default": field[name] = .string(text(member.value))
            default: field[name] = member.value
            }
        }
        return field
    }

    private func settings(_ node: ConfigNode) -> JSONObject {
        var settings = texts(node)
        for (name, member) in node.members where name.hasSuffix("_secret") {
            settings[name] = id(.secrets, member.value)
        }
        if let names = settings["secret_ids_json"]?.text.flatMap({ try? JSONValue(parsing: $0) })?.elements {
            settings["secret_ids_json"] = .string(JSONValue.array(names.map { id(.secrets, $0) }).compact)
        }
        return settings
    }

    private func texts(_ node: ConfigNode) -> JSONObject {
        JSONObject(node.members.filter { !$0.node.value.isNull }.map { ($0.name, .string(text($0.node.value))) })
    }

    private func text(_ value: JSONValue) -> String { value.text ?? value.compact }

    /// A file that could not be read has been complained about.
    private func content(_ node: ConfigNode) -> String {
        let path = reader.resolved(node.value.text ?? "", relativeTo: node.file)
        guard let bytes = reader.readFile(path), let text = String(validating: bytes, as: UTF8.self) else { return "" }
        return WireText.encoded(text)
    }
}
