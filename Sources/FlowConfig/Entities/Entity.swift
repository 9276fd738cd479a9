import Crypto
package import Support

/// A resource as Sym's clients see it: through the API it came in this form, out of a configuration folder it is put
/// into it.
package struct Entity: Hashable, Sendable {
    package var kind: EntityKind
    /// A UUID, lower case.
    package var id: String
    /// Lower case.
    package var slug: String
    /// As it was sent, without the `id`: nothing is filled in (sym-api.md 14.4).
    package var body: JSONObject
    /// Counts what was saved.
    package var version: Int64
    /// The file and path in it that define this; `nil` for what came through the API. One name is owned by one of the
    /// two (interface.md 6).
    package var place: String?

    package init(
        kind: EntityKind, id: String, slug: String, body: JSONObject, version: Int64 = 1, place: String? = nil
    ) {
        self.kind = kind
        self.id = id
        self.slug = slug
        self.body = body
        self.version = version
        self.place = place
    }

    package var type: String? { body["type"]?.text }

    /// `sym_flow "prod_db"`: for messages.
    package var title: String {
        kind == .flowsFilter ? kind.resource : "\(kind.resource) \"\(slug)\""
    }

    /// What no other entity may have: kind, type where slugs are unique within one, and slug.
    package var uniqueName: String { Self.uniqueName(kind, type: type, slug: slug) }

    package static func uniqueName(_ kind: EntityKind, type: String?, slug: String) -> String {
        guard kind != .flowsFilter else { return kind.rawValue }
        return kind.rawValue + "/" + (kind.isTyped ? (type ?? "") + "/" : "") + slug
    }

    /// The id of what a configuration folder defines: always the same for one name, on every replica.
    static func folderID(_ uniqueName: String) -> String {
        IDGenerator.uuid(from: Array(SHA256.hash(Array("symflow folder \(uniqueName)".utf8)).prefix(16)))
    }
}

/// A flow that cannot run, and why. It stands where a flow would, so that whoever uses it hears the reason.
package struct BrokenFlow: Hashable, Sendable {
    package var name: String
    package var label: String
    /// Absent where not even that can be known.
    package var workspace: String?
    /// Of its environment.
    package var errorChannel: String?
    /// Never empty; own ones first, then those of what it refers to.
    package var problems: [ConfigProblem]

    package init(
        name: String, label: String, workspace: String?, errorChannel: String?, problems: [ConfigProblem]
    ) {
        self.name = name
        self.label = label
        self.workspace = workspace
        self.errorChannel = errorChannel
        self.problems = problems
    }

    /// The first of its problems, for whoever wants to use it.
    package var reason: String {
        let rest = problems.count - 1
        return (problems.first?.description ?? "")
            + (rest > 0 ? " There \(rest == 1 ? "is 1 more problem" : "are \(rest) more problems")." : "")
            + " An administrator sees all of it with: symflow check --remote"
    }

    /// For whoever can mend it.
    package var sentence: String { "The flow \(name) cannot be used. \(reason)" }
}

/// What is wrong with one entity that came through the API, or probably not meant.
package struct EntityProblem: Hashable, Sendable {
    package var kind: EntityKind
    package var id: String
    package var slug: String
    package var problem: ConfigProblem
    /// It can be used as it is.
    package var isWarning: Bool
}
