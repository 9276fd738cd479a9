package import Support

/// `symflow tokens`: what bots authenticate with.
package struct Tokens: Sendable {
    let desk: Desk
    var api: APIClient { desk.api }

    package init(_ desk: Desk) { self.desk = desk }

    /// - Returns: the token, to be printed as the caller sees fit; it is shown only this once.
    package func issue(username: String, expiry: String, label: String?) async throws(ClientError) -> Secret {
        var body: JSONObject = ["username": .string(username), "expiry": .int(try Self.seconds(expiry))]
        if let label { body["label"] = .string(label) }
        let answer = try await api.post("tokens", body)
        guard let token = answer["access_token"]?.text, !token.isEmpty else { throw .malformed("the new token") }
        return Secret(token)
    }

    package func list() async throws(ClientError) {
        let tokens = try await api.list("tokens", "tokens")
        var names: [String: String] = [:]
        for id in tokens.flatMap({ [$0["user"]?["id"]?.text, $0["created_by"]?["id"]?.text] }).compactMap({ $0 })
        where names[id] == nil {
            // Somebody who is gone without a trace is shown by their id.
            names[id] = try await api.users([("id", id)]).first?.name ?? id
        }
        func name(_ token: JSONValue, _ key: String) -> String { token[key]?["id"]?.text.flatMap { names[$0] } ?? "" }
        let rows = tokens.map { token in
            [
                token["identifier"]?.text ?? "", name(token, "user"), name(token, "created_by"),
                token["expires_at"]?.text.map(APITime.shown) ?? "", token["updated_at"]?.text.map(APITime.shown) ?? "",
                token["label"]?.text ?? "",
            ]
        }
        let documents = tokens.map { token -> JSONValue in
            var document = token.object ?? [:]
            document["username"] = .string(name(token, "user"))
            document["created_by_name"] = .string(name(token, "created_by"))
            return .object(document)
        }
        desk.show(
            Table(["Token ID", "User", "Created By", "Expires At", "Last Used", "Label"], rows: rows),
            .array(documents)
        )
    }

    package func revoke(identifier: String) async throws(ClientError) {
        try await api.post("tokens/delete", ["identifier": .string(identifier)])
        desk.say("The token \(identifier) is revoked.", ["revoked": .string(identifier)])
    }

    /// `30d` in seconds: a number without leading zeros and `s`, `m`, `d` or `mo`, which is 30 days (sym-api.md 5).
    package static func seconds(_ expiry: String) throws(ClientError) -> Int64 {
        let units: [(String, Int64)] = [("mo", 30 * 86400), ("s", 1), ("m", 60), ("d", 86400)]
        let digits = expiry.prefix { $0.isASCII && $0.isNumber }
        guard let unit = units.first(where: { $0.0 == expiry[digits.endIndex...] })?.1, digits.first != "0",
            let number = Int64(digits), number <= Int64.max / unit
        else {
            throw ClientError(
                .invalidExpiry, "\"\(expiry)\" is not how long a token lasts.",
                hint: "Write a number and s, m, d or mo (30 days) behind it, such as 30d or 6mo."
            )
        }
        return number * unit
    }
}
