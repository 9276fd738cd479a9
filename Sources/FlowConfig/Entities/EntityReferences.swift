import Support

/// One entity's mention of another.
package struct EntityReference: Hashable, Sendable {
    /// Of the other, lower case.
    package var id: String
    /// Where it is mentioned: `params.strategy_id`.
    package var path: String
}

extension Entity {
    /// Which other resources this one names, in the order in which it does. `vars` are the flow's own business.
    package var references: [EntityReference] {
        var references: [EntityReference] = []
        for (name, value) in body where name != "vars" { Self.collect(value, path: name, into: &references) }
        return references
    }

    private static func collect(_ value: JSONValue, path: String, into references: inout [EntityReference]) {
        switch value {
        case .string(let text):
            if isID(text) {
                references.append(EntityReference(id: text.lowercased(), path: path))
            } else if path.hasSuffix("secret_ids_json"), let ids = try? JSONValue(parsing: text) {
                collect(ids, path: path, into: &references)
            }
        case .array(let elements): for element in elements { collect(element, path: path, into: &references) }
        case .object(let object):
            for (name, value) in object where name != "prompt_fields" {
                collect(value, path: path + "." + name, into: &references)
            }
        case .null, .bool, .int, .double: break
        }
    }

    /// Whether this is a UUID: how the provider tells an id from a name (sym-api.md 1).
    package static func isID(_ text: String) -> Bool {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12]
            && groups.joined().allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    }
}
