import Crypto
import FlowConfig
import Support

/// What the audit trail says of a change of an entity.
extension Entity {
    private static let valueLengthMax = 200
    /// Keys whose values may hold what should not be repeated, or are code: they are recorded by hash.
    private static let hashed: Set = ["implementation", "on_change", "settings", "vars"]

    var auditAggregate: String { "entity/" + id }

    /// What it is, and which of its keys have other values than before.
    func auditDetails(replacing before: Entity?) -> JSONObject {
        var details: JSONObject = ["resource": .string(kind.resource), "slug": .string(slug)]
        if let type { details["type"] = .string(type) }
        if let before, before.slug != slug { details["slug_before"] = .string(before.slug) }
        let now = Self.flat(body)
        let then = before.map { Self.flat($0.body) } ?? [:]
        var changed: JSONObject = [:]
        for name in now.names where now[name] != then[name] {
            changed[name] = before == nil ? now[name] : ["before": then[name] ?? .null, "after": now[name] ?? .null]
        }
        for name in then.names where now[name] == nil { changed[name] = ["before": then[name] ?? .null] }
        if !changed.isEmpty { details["changed"] = .object(changed) }
        return details
    }

    /// Values by path: `params.allow_revoke`, `settings.url`.
    private static func flat(_ body: JSONObject) -> JSONObject {
        var flat: JSONObject = [:]
        for (name, value) in body {
            guard let object = value.object, !object.isEmpty else {
                flat[name] = recorded(value, hashed.contains(name))
                continue
            }
            for (inner, value) in object { flat[name + "." + inner] = recorded(value, hashed.contains(name)) }
        }
        return flat
    }

    private static func recorded(_ value: JSONValue, _ isHashed: Bool) -> JSONValue {
        switch value {
        case .null, .bool, .int: return value
        case .string(let text) where !isHashed && text.utf8.count <= valueLengthMax: return value
        case .array(let elements) where elements.allSatisfy({ $0.text.map(isID) ?? false }): return value
        case .double, .string, .array, .object: return .string("sha256:" + SHA256.hex(value.compact))
        }
    }
}
