import Support

/// `symflow domains` and `symflow organization`.
package struct Organization: Sendable {
    let desk: Desk
    var api: APIClient { desk.api }

    package init(_ desk: Desk) { self.desk = desk }

    private struct Own {
        let id: String
        let domains: [String]
    }

    /// The caller's organisation is the first, and the only one (sym-api.md 3).
    private func own() async throws(ClientError) -> Own {
        let answer = try await api.get("organizations")
        guard let id = answer[0]?["id"]?.text else { throw .malformed("the organisation") }
        return Own(id: id, domains: (answer[0]?["domains"]?.elements ?? []).compactMap(\.text))
    }

    package func listDomains() async throws(ClientError) {
        let domains = try await own().domains
        if desk.json {
            desk.screen.print(JSONValue.array(domains.map { .string($0) }).compact)
        } else if domains.isEmpty {
            desk.screen.print(
                "There are no domains: nobody becomes a member by their e-mail address. symflow domains add DOMAIN adds one."
            )
        } else {
            for domain in domains { desk.screen.print("- " + Printable.line(domain)) }
        }
    }

    package func addDomain(_ domain: String) async throws(ClientError) {
        try await api.post("organizations/\(try await own().id)/add-domain", ["domain": .string(domain)])
        desk.say("People with an address at \(domain) become members now.", ["added": .string(domain)])
    }

    package func removeDomain(_ domain: String) async throws(ClientError) {
        try await api.post("organizations/\(try await own().id)/remove-domain", ["domain": .string(domain)])
        desk.say(
            "An address at \(domain) makes nobody a member any more; users that there are stay.",
            ["removed": .string(domain)]
        )
    }

    package func configureMFA(_ isRequired: Bool) async throws(ClientError) {
        try desk.confirm(
            isRequired
                ? "Demand a second factor of everybody who logs in with symflow login?"
                : "Demand no second factor of new users any more? Those who have one keep it."
        )
        try await api.post("organizations/configure-mfa", ["mfa_required": .bool(isRequired)])
        desk.say(
            isRequired ? "Logging in takes a second factor now." : "Logging in takes no second factor now.",
            ["mfa_required": .bool(isRequired)]
        )
    }

    /// The words for yes and no that Sym's CLI takes.
    package static func flag(_ word: String) throws(ClientError) -> Bool {
        switch word.lowercased() {
        case "true", "t", "yes", "y", "on", "1": return true
        case "false", "f", "no", "n", "off", "0": return false
        default: throw .usage("\"\(word)\" is neither true nor false.")
        }
    }
}
