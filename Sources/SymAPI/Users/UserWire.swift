import ApprovalCore
import ApprovalEngine
import Support

/// Users as they stand on the wire (sym-api.md 4).
enum UserWire {
    static func json(_ user: User, role: Role) -> JSONValue {
        [
            "id": .string(user.id.text), "type": .string(user.kind.rawValue), "role": .string(role.rawValue),
            "created_at": .string(user.createdAt.wire),
            "identities": .array(
                user.identities.map { identity in
                    [
                        "service": [
                            "slug": .string(identity.service.type),
                            "external_id": .string(identity.service.externalID),
                        ],
                        "matcher": .object(identity.matcher), "profile": .object(identity.profile),
                    ]
                }
            ),
        ]
    }

    /// - Parameter place: where the identity stands in the body, for messages.
    static func identity(_ value: JSONValue, at place: String) throws(APIError) -> ServiceIdentity {
        let service = ServiceKey(
            type: try text(value["service_type"], "\(place).service_type", max: 64),
            externalID: try text(value["external_id"], "\(place).external_id", max: 512)
        )
        let matcher = try object(value["matcher"], "\(place).matcher")
        guard !matcher.isEmpty else { throw .invalid("\(place).matcher", "expected what names the account, found {}") }
        if let key = UserService.matcherKeys[service.type], service.type != "sym" {
            guard matcher[key]?.text?.isEmpty == false else {
                throw .invalid("\(place).matcher", "expected {\"\(key)\": NAME} for the service \(service.type)")
            }
            _ = try text(matcher[key], "\(place).matcher.\(key)", max: 512)
        }
        var identity = ServiceIdentity(service: service, matcher: matcher)
        if service == .sym, let email = matcher["email"]?.text {
            identity.matcher["email"] = .string(email.trimmed.lowercased())
        }
        if let profile = value["profile"], !profile.isNull {
            identity.profile = try object(profile, "\(place).profile")
        }
        return identity
    }

    static func userID(_ value: JSONValue?, _ place: String) throws(APIError) -> PersonID {
        let text = try text(value, place, max: 64).lowercased()
        guard isUUID(text) else { throw .invalid(place, "expected a UUID, found \"\(text.prefix(64))\"") }
        return PersonID(text)
    }

    static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }

    static func text(_ value: JSONValue?, _ place: String, max: Int) throws(APIError) -> String {
        guard let text = value?.text, !text.isEmpty else {
            throw .invalid(place, "expected a string, found \(value?.kind ?? "nothing")")
        }
        guard text.utf8.count <= max else { throw .invalid(place, "longer than \(max) bytes") }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw .invalid(place, "expected a name, found one with control characters in it")
        }
        return text
    }

    static func object(_ value: JSONValue?, _ place: String) throws(APIError) -> JSONObject {
        guard let object = value?.object else {
            throw .invalid(place, "expected an object, found \(value?.kind ?? "nothing")")
        }
        guard value?.bytes.count ?? 0 <= objectBytesMax else {
            throw .invalid(place, "longer than \(objectBytesMax) bytes")
        }
        return object
    }

    /// A matcher or a profile is a few names.
    static let objectBytesMax = 4096

    /// - Throws: `.invalid` for what is no list, or is longer than `elementsMax`.
    static func elements(_ value: JSONValue?, _ place: String) throws(APIError) -> [JSONValue] {
        guard let elements = value?.elements else {
            throw .invalid(place, "expected an array, found \(value?.kind ?? "nothing")")
        }
        guard elements.count <= elementsMax else { throw .invalid(place, "more than \(elementsMax) elements") }
        return elements
    }

    static let elementsMax = 5000
}

extension Timestamp {
    /// ISO 8601 in UTC without a zone, `2023-01-02T03:04:05`: how Sym wrote times, and what every Python's
    /// `fromisoformat` reads (sym-api.md 1 and 4).
    var wire: String { String(description.prefix(19)) }
}

extension APIError {
    /// What the engine refuses an administrator, on the wire.
    init(_ refusal: PeopleRefusal) {
        switch refusal {
        case .unknownUser: self = .notFound(refusal.sentence, code: "Users:UNKNOWN_USER")
        case .incomplete: self = .invalid("", refusal.sentence, code: "Users:INVALID_USER")
        case .lastAdmin: self = .conflict("role", refusal.sentence, code: "Users:LAST_ADMIN")
        case .configured: self = .conflict("", refusal.sentence, code: "Users:CONFIGURED")
        case .deletedUser: self = .conflict("id", refusal.sentence, code: "Users:DELETED_USER")
        case .taken: self = .conflict("identities", refusal.sentence, code: "Users:TAKEN")
        }
    }
}
