// What callers of the API send: names, tokens, resources, and whole calls one after the other.

import ApprovalCore
import ApprovalEngine
import Crypto
import FlowConfig
import HTTPModel
import Support
import Synchronization
import TestSupport

@testable import SymAPI

@Sendable func srn(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    for typed in [false, true] {
        guard let name = SRN(text, typed: typed) else { continue }
        precondition(name.description == text, "a name changes when it is read")
        precondition(SRN(name.description, typed: typed) == name, "a name changes on its way")
    }
}

/// The first line is the header, the rest the claims, both as JSON: signed with our own key, and with nothing.
@Sendable func token(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false).map(
        Array.init)
    let claims = parts.count > 1 ? parts[1] : []
    let message = Base64URL.text(parts[0]) + "." + Base64URL.text(claims)
    finish {
        let here = try await tokens.value
        let forged = [String(decoding: bytes, as: UTF8.self), message + ".", message + "." + Base64URL.text(parts[0])]
        for text in forged where try await here.authority.caller(text) != nil {
            preconditionFailure("a token that nobody signed counts")
        }
        let signed = message + "." + Base64URL.text(here.key.signature(of: Array(message.utf8)))
        guard let caller = try await here.authority.caller(signed) else { return }
        let read = try JSONValue(parsing: claims)
        precondition(
            read["jti"]?.text == TokenWorld.id && read["sub"]?.text == TokenWorld.user.id.text
                && read["aud"]?.text == TokenAuthority.audience && caller.user.id == TokenWorld.user.id,
            "a token counts as somebody whom it does not name"
        )
    }
}

struct TokenWorld: Sendable {
    let authority: TokenAuthority
    let key: RSAKey

    static let id = "token"
    static let user = User(id: "terraform", kind: .bot, createdAt: Sample.start)

    init() async throws {
        let fixture = try EngineFixture(configuration: organization)
        authority = TokenAuthority(
            store: fixture.engine.store, masterKey: .random(), clock: fixture.clock.clock, ids: IDGenerator { "key" },
            role: { _ in .admin }
        )
        try await fixture.engine.change(user: Self.user.id, "userCreated", by: "test") { $0 ?? Self.user }
        _ = try await authority.issue(
            TokenAuthority.Order(
                user: Self.user, purpose: .bot, createdBy: Self.user.id, lifetime: .hours(1),
                issuer: "http://localhost/", client: "test", connection: "bot"
            ), id: Self.id
        )
        key = try await authority.keys.current().key
    }
}

/// A key is made once.
private let tokens = Task { try await TokenWorld() }

/// One resource of each kind's own form: the first byte says which, the rest is the body.
@Sendable func entity(_ bytes: [UInt8]) {
    let kinds = EntityKind.allCases
    guard let first = bytes.first else { return }
    let kind = kinds[Int(first) % kinds.count]
    finish {
        let world = try APIWorld(folder: true)
        let path = kind.rawValue
        let body = Array(bytes.dropFirst())
        let made = try await world.call("POST", "entities/" + path, body, as: "adminbot")
        guard made.status < 300 else { return }
        guard let id = made.json["id"]?.text else { preconditionFailure("a resource without an id") }
        // An organization has one filter, without an id in its path.
        let place = kind == .flowsFilter ? "entities/\(path)" : "entities/\(path)/\(id)"
        let read = try await world.call("GET", place, Array("null".utf8), as: "adminbot")
        precondition(read.status == 200 && read.json == made.json, "a resource is read as something else")
        let again = try await world.call("PATCH", place, body, as: "adminbot")
        precondition(again.status == 200, "what can be made cannot be saved: \(again.json.compact)")
        if kind != .flows { precondition(again.json == made.json, "the same body makes another resource") }
        _ = try await world.call("GET", "check", [], as: "adminbot")
        let gone = try await world.call("DELETE", place, Array("null".utf8), as: "adminbot")
        precondition(gone.status < 300, "what was made cannot be deleted: \(gone.json.compact)")
    }
}

/// Calls, with a record separator between them. Each begins with a line `METHOD PATH CALLER KEY`; `RUN` and `EVENT` in
/// it and in the body stand for what the last request led to.
@Sendable func calls(_ bytes: [UInt8]) {
    finish {
        let world = try APIWorld(folder: false)
        var run = "none"
        var event = "none"
        for part in bytes.split(separator: 0x1e).prefix(8) {
            let text = String(decoding: part, as: UTF8.self).replacing("RUN", with: run).replacing("EVENT", with: event)
            let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            let words = lines[0].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            // Long polls wait for the test's own clock.
            guard words.count > 2, HTTPGrammar.isToken(words[0]), HTTPGrammar.isTarget("/" + words[1]),
                !words[1].contains("wait")
            else { continue }
            let key = words.count > 3 && HTTPGrammar.isFieldValue(words[3]) ? words[3] : nil
            let body = lines.count > 1 ? Array(lines[1].utf8) : []
            let answer = try await world.call(words[0], words[1], body, as: words[2], key: key)
            if let key, answer.status == 200, let event = answer.json["event_id"]?.text, words[0] == "POST" {
                let again = try await world.call(words[0], words[1], body, as: words[2], key: key)
                precondition(again.json["event_id"]?.text == event, "the same key led to something else")
            }
            run = answer.json["run_id"]?.text ?? run
            event = answer.json["event_id"]?.text ?? event
            try await world.fixture.settle()
        }
        try await world.fixture.pass(.hours(2), step: .minutes(30))
        try await world.fixture.verify()
    }
}

/// The whole API before an engine in memory.
final class APIWorld: Sendable {
    let fixture: EngineFixture
    private let api: SymAPI

    private static let callers: [String: (user: User, role: Role)] = [
        "bob": (person("person-U0BOB", "bob@acme.test", "U0BOB"), .member),
        "dana": (person("person-U0DANA", "dana@acme.test", "U0DANA"), .member),
        "ada": (person("person-U0ADA", "ada@acme.test", "U0ADA"), .admin),
        "gus": (person("person-U0GUS", "gus@elsewhere.test", "U0GUS"), .guest),
        "bot": (bot, .member), "adminbot": (bot, .admin),
    ]

    private static let bot = User(
        id: "5a0f2c1e-0000-4000-8000-0000000000b0", kind: .bot,
        identities: [ServiceIdentity(service: .sym, matcher: ["username": "deploy"])], createdAt: Sample.start
    )

    private static func person(_ id: PersonID, _ email: String, _ slack: String) -> User {
        User(
            id: id, kind: .normal,
            identities: [
                ServiceIdentity(service: .sym, matcher: ["email": .string(email)]),
                ServiceIdentity(
                    service: ServiceKey(type: "slack", externalID: Sample.workspace),
                    matcher: ["user_id": .string(slack)]
                ),
            ], createdAt: Sample.start
        )
    }

    /// - Parameter folder: whether applied resources take effect, beside a folder that holds the organisation alone.
    init(folder: Bool) throws {
        let fixture = try EngineFixture(configuration: folder ? bareOrganization.configuration : organization)
        self.fixture = fixture
        let engine = fixture.engine
        let authority = TokenAuthority(
            store: engine.store, masterKey: masterKey, clock: engine.clock, ids: engine.ids,
            role: { user throws(StoreError) in try await engine.role(of: user) }
        )
        let entities = EntityRoutes(engine: engine) {
            guard folder, let entities = try? await engine.store.entities() else { return }
            fixture.configure(loader.join(entities, to: bareOrganization))
        }
        api = SymAPI(
            routes: UserRoutes(engine).routes + TokenRoutes(engine, authority, address: PublicAddress(nil)).routes
                + ServiceRoutes(engine).routes + OrganizationRoutes(engine).routes + entities.routes
                + CheckRoute(engine: engine) { _ in CheckRoute.Findings() }.routes
                + EventRoutes(engine: engine).routes,
            log: .silent
        ) { bearer in APIWorld.callers[bearer].map { APICaller(user: $0.user, role: $0.role, token: bearer) } }
    }

    /// Whatever is asked, the answer is one that clients can read.
    func call(
        _ method: String, _ path: String, _ body: [UInt8], as caller: String, key: String? = nil
    ) async throws -> (status: Int, json: JSONValue) {
        var request = HTTPRequest(method: method, target: "/api/v1/" + path, headers: ["Host": "sym.test"], body: body)
        if HTTPGrammar.isFieldValue(caller) { request.headers["Authorization"] = "Bearer " + caller }
        if let key { request.headers["Idempotency-Key"] = key }
        let response = await api.respond(to: request)
        precondition(response.status != 500, "a call ended in something that nobody expected")
        guard let json = response.bytes.isEmpty ? .null : try? JSONValue(parsing: response.bytes) else {
            preconditionFailure("an answer that is no JSON")
        }
        if response.status >= 400 {
            precondition(
                json["message"]?.text?.isEmpty == false && json["error"] == true, "a refusal without a message")
        }
        return (response.status, json)
    }
}

private let masterKey = MasterKey.random()

private var loader: ConfigurationLoader {
    ConfigurationLoader(
        capabilities: Capabilities(python: true), knowsTimeZone: { _ in true }, readFile: { _ in nil }
    )
}

let organization: Configuration = {
    guard let loaded = try? SampleConfiguration.load() else { fatalError("the sample configuration is none") }
    return loaded
}()

private let bareOrganization: FolderConfiguration = {
    let text = #"{"organization": {"slug": "acme", "domains": ["acme.test"]}}"#
    guard let folder = loader.load([ConfigFile(path: "site.json", bytes: Array(text.utf8))]).folder else {
        fatalError("a bare organization is no configuration")
    }
    return folder
}()
