import Support

/// One value of the configuration, and where it stands.
struct ConfigNode {
    let file: String
    /// `flows[0].params.prompt_fields[1].type`; empty for a whole file.
    let path: String
    /// The same as positions of members and elements.
    let place: [Int]
    let value: JSONValue

    init(file: String, value: JSONValue) { self.init(file: file, path: "", place: [], value: value) }

    private init(file: String, path: String, place: [Int], value: JSONValue) {
        self.file = file
        self.path = path
        self.place = place
        self.value = value
    }

    /// A member that is given: `null` counts as left out.
    func member(_ name: String) -> ConfigNode? {
        guard let object = value.object, let index = object.names.firstIndex(of: name) else { return nil }
        let child = member(at: index, in: object)
        return child.value.isNull ? nil : child
    }

    /// All members, also those that are `null`, in their written order.
    var members: [(name: String, node: ConfigNode)] {
        guard let object = value.object else { return [] }
        return object.members.indices.map { (object.members[$0].name, member(at: $0, in: object)) }
    }

    /// The elements of an array; none for anything else.
    var elements: [ConfigNode] {
        (value.elements ?? []).enumerated().map { index, element in
            ConfigNode(file: file, path: "\(path)[\(index)]", place: place + [index], value: element)
        }
    }

    /// What a text holds that is itself JSON, as in `vars.sym_rules`: it stands where the text stands.
    func holding(_ value: JSONValue) -> ConfigNode { ConfigNode(file: file, path: path, place: place, value: value) }

    private func member(at index: Int, in object: JSONObject) -> ConfigNode {
        let (name, value) = object.members[index]
        let isPlain = !name.isEmpty && name.unicodeScalars.allSatisfy { $0.properties.isXIDContinue || $0 == "-" }
        var path = self.path
        if isPlain {
            path += (path.isEmpty ? "" : ".") + name
        } else {
            path += "["
            JSONValue.appendQuoted(name, to: &path)
            path += "]"
        }
        return ConfigNode(file: file, path: path, place: place + [index], value: value)
    }

    /// For messages: the value as written, cut where it gets long.
    var shown: String {
        switch value {
        case .array(let elements) where elements.isEmpty: return "an empty array"
        case .object(let object) where object.isEmpty: return "an empty object"
        case .array, .object: return value.kind
        case .null, .bool, .int, .double, .string: return Self.shortened(value.compact)
        }
    }

    static func quoted(_ text: String) -> String { shortened(JSONValue.string(text).compact) }

    private static let shownMax = 80

    private static func shortened(_ text: String) -> String {
        text.count > shownMax ? String(text.prefix(shownMax - 2)) + "…\"" : text
    }
}
