import HTTPModel
import Support

/// A call as it came in: read, but not yet let through.
struct IncomingCall: Sendable {
    var method: String
    var token: String?
    /// A fault in the body itself, which Slack reports before it looks at the token.
    var arguments: Result<Arguments, SlackRefusal>

    init(method: String, request: HTTPRequest) {
        self.method = method
        let rule = WebMethod.all[method]
        do throws(SlackRefusal) {
            if request.method == "GET", rule?.encoding == .json, !["auth.test", "api.test"].contains(method) {
                throw SlackRefusal("invalid_post_type")
            }
            let arguments = try Arguments(request, takesJSON: rule?.encoding == .json)
            self.arguments = .success(arguments)
            // A token in the query string is not looked at: Slack stopped taking it there.
            if request.method != "GET" { token = arguments.values["token"]?.text }
        } catch {
            arguments = .failure(error)
        }
        if let header = request.headers["Authorization"] {
            let parts = header.split(separator: " ", maxSplits: 1)
            token = parts.count == 2 && String(parts[0]).isEqualIgnoringCase(to: "Bearer") ? String(parts[1]) : nil
        }
    }

    var values: Arguments? { try? arguments.get() }
}

extension World {
    /// Performs one call of the Web API.
    mutating func perform(_ incoming: IncomingCall) throws(SlackRefusal) -> JSONObject {
        guard let method = WebMethod.all[incoming.method] else {
            throw SlackRefusal("unknown_method", extra: ["req_method": .string(incoming.method)])
        }
        let arguments = try incoming.arguments.get()
        let installation = try installation(for: incoming.token)
        let call = WebCall(method: incoming.method, arguments: arguments, installation: installation)
        for scope in method.scopes { try call.require(scope: scope) }
        let missing = method.required.filter { arguments[$0] == nil || arguments[$0] == .string("") }
        if !missing.isEmpty {
            throw SlackRefusal(
                "invalid_arguments",
                messages: missing.map { "[ERROR] missing required field: \($0) [json-pointer:/\($0)]" })
        }
        return try method.body(&self, call)
    }

    func installation(for token: String?) throws(SlackRefusal) -> Installation {
        guard let token, !token.isEmpty else { throw SlackRefusal("not_authed") }
        guard let installation = directory.installations.first(where: { $0.token == token }) else {
            throw SlackRefusal("invalid_auth")
        }
        switch installation.tokenState {
        case .valid: return installation
        case .revoked: throw SlackRefusal("token_revoked")
        case .accountInactive: throw SlackRefusal("account_inactive")
        }
    }

    // MARK: Pages

    /// Cuts a page out of `items` and says where the next one begins (slack.md 2.1).
    ///
    /// With `shortPages` a page holds half of what was asked for, and an empty page comes before the last one: both
    /// are allowed to Slack.
    func page(
        _ items: [JSONValue], of call: WebCall, named name: String, usual: Int
    ) throws(SlackRefusal) -> JSONObject {
        let wanted = call.arguments.text("limit").map { Int($0) ?? -1 } ?? usual
        guard wanted >= 0, wanted <= 1000 else { throw SlackRefusal("invalid_limit") }
        var start = 0
        var hadEmptyPage = false
        if let cursor = call.arguments.text("cursor") {
            guard let read = Cursor(text: cursor), read.kind == name, read.start <= items.count else {
                throw SlackRefusal("invalid_cursor")
            }
            start = read.start
            hadEmptyPage = read.afterEmptyPage
        }
        let full = wanted == 0 ? usual : wanted
        let size = limits.shortPages ? max(1, full / 2) : full
        var end = min(start + size, items.count)
        if limits.shortPages, end == items.count, start > 0, !hadEmptyPage {
            end = start
            hadEmptyPage = true
        } else {
            hadEmptyPage = false
        }
        let next = end < items.count ? Cursor(kind: name, start: end, afterEmptyPage: hadEmptyPage).text : ""
        return [name: .array(Array(items[start..<end])), "response_metadata": ["next_cursor": .string(next)]]
    }
}

/// A cursor. It ends in `=`, as Slack's often do, so that a client that forgets to encode it fails here.
private struct Cursor {
    var kind: String
    var start: Int
    var afterEmptyPage: Bool

    init(kind: String, start: Int, afterEmptyPage: Bool) {
        self.kind = kind
        self.start = start
        self.afterEmptyPage = afterEmptyPage
    }

    var text: String { Hex.text(Array("\(kind):\(start):\(afterEmptyPage ? 1 : 0)".utf8)) + "+=" }

    init?(text: String) {
        guard text.hasSuffix("+="), let bytes = Hex.bytes(text.dropLast(2)) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":")
        guard parts.count == 3, let start = Int(parts[1]), start >= 0 else { return nil }
        self.init(kind: String(parts[0]), start: start, afterEmptyPage: parts[2] == "1")
    }
}
