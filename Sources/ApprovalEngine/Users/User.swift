package import ApprovalCore
package import Support

/// A user of the organisation as Sym's clients see them (sym-api.md 4): a human with accounts in any number of
/// services, or a bot with tokens. A human's id is the `PersonID` of their Slack accounts.
package struct User: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case normal, bot
    }

    package var id: PersonID
    package var kind: Kind
    /// What an administrator gave them; absent where the e-mail domain decides (decisions.md 4).
    package var role: Role?
    /// In the order in which they were first kept; one for each service.
    package private(set) var identities: [ServiceIdentity]
    /// A user who was deleted decides and asks no more, and keeps their name in what they did.
    package var isDeleted: Bool
    package var createdAt: Timestamp

    package init(
        id: PersonID, kind: Kind, role: Role? = nil, identities: [ServiceIdentity] = [], isDeleted: Bool = false,
        createdAt: Timestamp
    ) {
        self.id = id
        self.kind = kind
        self.role = role
        self.identities = identities
        self.isDeleted = isDeleted
        self.createdAt = createdAt
    }

    package func identity(in service: ServiceKey) -> ServiceIdentity? { identities.first { $0.service == service } }

    /// Lower case; absent for bots.
    package var email: String? { identity(in: .sym)?.matcher["email"]?.text?.lowercased() }
    /// A bot's name.
    package var username: String? { identity(in: .sym)?.matcher["username"]?.text }

    /// Whether a text can be an e-mail address: one `@` with something before and a name with a dot behind, no spaces.
    package static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, text.utf8.count <= emailMax else { return false }
        return isDomain(String(parts[1])) && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
    }

    /// RFC 5321, section 4.5.3.1.
    package static let emailMax = 254

    /// Whether a text can be the domain of an e-mail address: names of letters, digits and dashes, at least two of them.
    package static func isDomain(_ text: String) -> Bool {
        let names = text.split(separator: ".", omittingEmptySubsequences: false)
        return names.count >= 2 && text.utf8.count <= 253
            && names.allSatisfy { name in
                (1...63).contains(name.utf8.count) && !name.hasPrefix("-") && !name.hasSuffix("-")
                    && name.unicodeScalars.allSatisfy {
                        $0 == "-" || $0.properties.isAlphabetic || $0.properties.numericType != nil
                    }
            }
    }

    /// First and last name as they were given; absent where neither was.
    package var fullName: String? {
        let profile = identity(in: .sym)?.profile
        let words = ["first_name", "last_name"].compactMap { profile?[$0]?.text }.filter { !$0.isEmpty }
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// Puts an identity in the place of the one in the same service, or behind the others. An empty profile leaves the
    /// one that is there (sym-api.md 4).
    package mutating func keep(_ identity: ServiceIdentity) {
        guard let index = identities.firstIndex(where: { $0.service == identity.service }) else {
            return identities.append(identity)
        }
        var identity = identity
        if identity.profile.isEmpty { identity.profile = identities[index].profile }
        identities[index] = identity
    }

    package mutating func forget(_ service: ServiceKey) { identities.removeAll { $0.service == service } }
}

/// Something in which people have accounts: a Slack workspace, an Okta domain (sym-api.md 4 and 6).
package struct ServiceKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// `slack`, `okta`, `custom`.
    package var type: String
    /// What tells services of one type apart: `T…`, a domain.
    package var externalID: String

    package init(type: String, externalID: String) {
        self.type = type
        self.externalID = externalID
    }

    /// Our own, in which every user has an identity.
    package static let sym = ServiceKey(type: "sym", externalID: "cloud")

    /// Whether an identity here says which of our users somebody is: a Slack account makes clicks theirs, and the one in
    /// Sym is their name with us. Administrators and Slack say so, never the code of a flow.
    package var makesThePerson: Bool { type == "slack" || type == "sym" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.type, left.externalID) < (right.type, right.externalID)
    }

    package var description: String { type + ":" + externalID }
}

/// Who somebody is in a service.
package struct ServiceIdentity: Hashable, Sendable {
    package var service: ServiceKey
    /// What names the account there: `{"user_id": "U…"}` (the keys are in sym-api.md 4).
    package var matcher: JSONObject
    /// `first_name`, `last_name`.
    package var profile: JSONObject

    package init(service: ServiceKey, matcher: JSONObject, profile: JSONObject = [:]) {
        self.service = service
        self.matcher = matcher
        self.profile = profile
    }

    /// The matcher's value where it has but one, whatever its key: what a strategy hands to its target.
    package var key: String? { matcher.names.first.flatMap { matcher.count == 1 ? matcher[$0]?.text : nil } }
}
