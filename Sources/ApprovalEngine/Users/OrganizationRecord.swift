package import Support

extension DocumentKind {
    package static let organization = DocumentKind("organization")
}

/// What administrators keep about the organisation through the API (sym-api.md 3). What the configuration folder says
/// of it stands there, and counts beside this.
package struct OrganizationRecord: Hashable, Sendable {
    /// Given by `symflow bootstrap`; absent where the folder names the organisation.
    package var slug: String?
    /// E-mail domains whose people are members, lower case, in the order in which they were added.
    package var domains: [String]
    package var isMFARequired: Bool

    package init(slug: String? = nil, domains: [String] = [], isMFARequired: Bool = false) {
        self.slug = slug
        self.domains = domains
        self.isMFARequired = isMFARequired
    }

    /// There is one organisation in an installation.
    package static let documentID = "organization"

    /// - Parameter version: of the document that this replaces; 0 where there is none yet.
    package func document(version: Int64, at now: Timestamp) -> Document {
        var body: JSONObject = [
            "domains": .array(domains.map(JSONValue.string)), "mfa_required": .bool(isMFARequired),
        ]
        if let slug { body["slug"] = .string(slug) }
        return Document(
            kind: .organization, id: Self.documentID, version: version, body: body, createdAt: now, updatedAt: now
        )
    }

    package init(_ document: Document) {
        self.init(
            slug: document.body["slug"]?.text, domains: document.body["domains"]?.elements?.compactMap(\.text) ?? [],
            isMFARequired: document.body["mfa_required"]?.flag ?? false
        )
    }

    /// Letters, digits, dashes and underscores, as in an SRN.
    package static func isSlug(_ text: String) -> Bool {
        (1...slugMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: true
                default: false
                }
            }
    }

    package static let slugMax = 63

    /// Whether the part behind the `@` is one of the domains; subdomains are not.
    package func ownsDomain(of email: String) -> Bool {
        guard let at = email.lastIndex(of: "@") else { return false }
        return domains.contains(email[email.index(after: at)...].lowercased())
    }
}
