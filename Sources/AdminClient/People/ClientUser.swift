import Support

/// A user as `GET users` lists them (sym-api.md 4).
struct ClientUser: Sendable {
    struct Identity: Sendable {
        var service: ServiceKey
        var matcher: JSONObject
        var profile: JSONObject

        /// As writes want it.
        var document: JSONObject {
            [
                "service_type": .string(service.type), "external_id": .string(service.externalID),
                "matcher": .object(matcher), "profile": .object(profile),
            ]
        }

        var value: String { ServiceType.value(of: matcher, type: service.type) }
    }

    let id: String
    /// `normal` or `bot`.
    let type: String
    let role: String
    let createdAt: String
    let identities: [Identity]
    let document: JSONValue

    init?(_ document: JSONValue) {
        guard let id = document["id"]?.text else { return nil }
        self.id = id
        type = document["type"]?.text ?? "normal"
        role = document["role"]?.text ?? "member"
        createdAt = document["created_at"]?.text.map(APITime.shown) ?? ""
        identities = (document["identities"]?.elements ?? []).compactMap { identity in
            guard let type = identity["service"]?["slug"]?.text,
                let externalID = identity["service"]?["external_id"]?.text
            else { return nil }
            return Identity(
                service: ServiceKey(type: type, externalID: externalID), matcher: identity["matcher"]?.object ?? [:],
                profile: identity["profile"]?.object ?? [:]
            )
        }
        self.document = document
    }

    func identity(in service: ServiceKey) -> Identity? { identities.first { $0.service == service } }

    /// The e-mail address of a person, the name of a bot.
    var name: String {
        let matcher = identity(in: .sym)?.matcher
        return matcher?["email"]?.text ?? matcher?["username"]?.text ?? ""
    }

    /// First and last name, each word with a capital; letters that are capitals already stay so.
    var fullName: String {
        let profile = identity(in: .sym)?.profile
        let parts = ["first_name", "last_name"].compactMap { profile?[$0]?.text }.filter { !$0.isEmpty }
        var name = ""
        var isInside = false
        for character in parts.joined(separator: " ") {
            name += isInside ? String(character) : character.uppercased()
            isInside = character.isLetter
        }
        return name
    }
}

/// Times of the API.
enum APITime {
    /// `2023-01-02 03:04:05 UTC`; what is no time stays as it is. Times without a zone are UTC (sym-api.md 1).
    static func shown(_ text: String) -> String {
        guard let time = timestamp(text) else { return text }
        let parts = time.description.split(separator: "T")
        return "\(parts[0]) \(parts[1].prefix(8)) UTC"
    }

    static func timestamp(_ text: String) -> Timestamp? {
        var text = text.trimmed
        if let space = text.firstIndex(of: " ") { text.replaceSubrange(space...space, with: "T") }
        var offset: Int64 = 0
        if text.hasSuffix("Z") {
            text.removeLast()
        } else if let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }), let tee = text.firstIndex(of: "T"),
            sign > tee
        {
            let digits = text[text.index(after: sign)...].filter { $0 != ":" }
            guard digits.count == 4, let number = Int64(digits) else { return nil }
            offset = (number / 100 * 60 + number % 100) * 60 * (text[sign] == "-" ? -1 : 1)
            text = String(text[..<sign])
        }
        return Timestamp(iso8601: text + "Z").map { $0 - .seconds(offset) }
    }
}

extension APIClient {
    func users(_ query: [(String, String)] = []) async throws(ClientError) -> [ClientUser] {
        try await list("users", "users", query).compactMap(ClientUser.init)
    }

    /// Everybody who is no bot, by their e-mail addresses.
    func people() async throws(ClientError) -> [ClientUser] {
        try await users().filter { $0.type != "bot" }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// - Throws: `.unknownUser`.
    func user(email: String) async throws(ClientError) -> ClientUser {
        let found = try await users([("email", email)])
        guard let user = found.first, found.count == 1 else { throw .unknownUser(email) }
        return user
    }

    func bots() async throws(ClientError) -> [ClientUser] { try await users([("type", "bot")]) }

    /// - Throws: `.unknownBot`.
    func bot(named name: String) async throws(ClientError) -> ClientUser {
        guard let bot = try await bots().first(where: { $0.name == name }) else { throw .unknownBot(name) }
        return bot
    }

    /// Writes users (sym-api.md 4: identities that are not listed stay as they are). Returns how many the server wrote.
    func write(
        _ id: String, type: String, _ identities: [ClientUser.Identity]
    ) async throws(ClientError) -> Int {
        try await write([Self.entry(id, type: type, identities)])
    }

    func write(_ entries: [JSONObject]) async throws(ClientError) -> Int {
        let answer = try await patch("users", ["users": .array(entries.map { .object($0) })])
        return answer["succeeded"]?.integer.map { Int($0) } ?? entries.count
    }

    static func entry(_ id: String, type: String, _ identities: [ClientUser.Identity]) -> JSONObject {
        [
            "id": .string(id), "identities": .array(identities.map { .object($0.document) }), "type": .string(type),
        ]
    }
}
