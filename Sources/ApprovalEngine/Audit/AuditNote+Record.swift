package import AuditTrail
import Support

extension AuditRecord {
    /// The note at its place in the chain. Records are hashed, and hashed documents hold no fractions (decisions.md 3):
    /// where somebody else's numbers stand in the details, they are texts.
    package init(_ note: AuditNote, after head: AuditHead) {
        self.init(
            after: head, aggregate: note.aggregate, at: note.at, kind: note.kind, actor: note.actor,
            details: note.details.withoutFractions
        )
    }
}

extension JSONObject {
    fileprivate var withoutFractions: JSONObject { JSONObject(map { ($0.name, $0.value.withoutFractions) }) }
}

extension JSONValue {
    fileprivate var withoutFractions: JSONValue {
        switch self {
        case .double: .string(compact)
        case .array(let elements): .array(elements.map(\.withoutFractions))
        case .object(let object): .object(object.withoutFractions)
        default: self
        }
    }
}
