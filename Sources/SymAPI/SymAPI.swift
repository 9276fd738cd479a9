import ApprovalCore
import ApprovalEngine
package import HTTPModel
package import Support

/// Sym's REST and Events API under `/api/v1` (sym-api.md): finds the route, checks the token and the role, and puts
/// every refusal into the envelope that its clients read.
package struct SymAPI: HTTPHandler {
    package static let prefix = "/api/v1"

    private let routes: [APIRoute]
    private let authenticate: @Sendable (_ bearer: String) async throws -> APICaller?
    private let gate: APIGate?
    private let log: Log

    /// Longer bodies are refused; a flow's implementation and its fields fit in easily.
    package static let bodyBytesMax = 1 << 20

    /// - Parameters:
    ///   - gate: what limits calls and records those that are refused.
    ///   - authenticate: who a token belongs to, and with which role; `nil` where it is not valid.
    package init(
        routes: [APIRoute], gate: APIGate? = nil, log: Log,
        authenticate: @escaping @Sendable (_ bearer: String) async throws -> APICaller?
    ) {
        self.gate = gate
        self.routes = (routes + [OpenAPIDocument.route(for: routes)]).sorted { $0.fixedSegments > $1.fixedSegments }
        self.authenticate = authenticate
        self.log = log
    }

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        do { return try await answer(request) } catch let error as APIError {
            return error.response
        } catch let error as StoreError {
            log.warning("a call of the API met the database", ["path": request.path, "error": "\(error)"])
            return APIError.unavailable.response
        } catch {
            log.error("a call of the API failed", ["path": request.path, "error": "\(error)"])
            return APIError(
                status: 500, code: "Server:ERROR",
                message: "Something went wrong here. The server's log says what, under the request's id."
            ).response
        }
    }

    /// How much longer than a long poll's own time its answer may take.
    static let pollGrace: Duration = .seconds(5)

    package func answerDeadline(for request: HTTPRequest) -> Duration? {
        let route = found(request).first { $0.route.method == request.method }?.route
        return route?.waiting(request).map { $0 + SymAPI.pollGrace }
    }

    /// The routes that a path means: of those that could, the ones that say most, whatever their methods.
    private func found(_ request: HTTPRequest) -> [(route: APIRoute, parameters: [String: String])] {
        let path = request.path.dropFirst(SymAPI.prefix.count).split(separator: "/").map { segment in
            FormURLEncoded.percentDecoded(segment) ?? String(segment)
        }
        let meant = routes.compactMap { route in route.parameters(of: path).map { (route: route, parameters: $0) } }
        return meant.filter { $0.route.fixedSegments == meant[0].route.fixedSegments }
    }

    private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let caller = try await caller(of: request)
        if let caller { try gate?.admit(caller) } else { try gate?.admitStranger(request) }
        guard request.body.count <= Self.bodyBytesMax else {
            throw APIError(
                status: 413, code: "Request:TOO_LARGE",
                message: "The body has \(request.body.count) bytes; at most \(Self.bodyBytesMax) are taken."
            )
        }
        do { return try await answer(request, caller) } catch let error as APIError {
            await gate?.refused(request, caller, error)
            throw error
        }
    }

    private func answer(_ request: HTTPRequest, _ caller: APICaller?) async throws -> HTTPResponse {
        let here = found(request)
        guard let (route, parameters) = here.first(where: { $0.route.method == request.method }) else {
            // Whoever has no valid token learns nothing about what there is.
            guard caller != nil else { throw APIError.notAuthorized }
            guard !here.isEmpty else { throw APIError.notFound("There is nothing at \(request.path).") }
            let methods = here.map(\.route.method).sorted()
            var response = APIError(
                status: 405, code: "Request:METHOD_NOT_ALLOWED",
                message: "\(request.path) answers \(methods.joined(separator: ", ")), not \(request.method)."
            ).response
            response.headers["Allow"] = methods.joined(separator: ", ")
            return response
        }
        let call = APICall(
            request: request, caller: try check(caller, for: route), parameters: parameters,
            query: FormURLEncoded.decode(Array(request.query.utf8)) ?? []
        )
        return try await route.answer(call)
    }

    private func caller(of request: HTTPRequest) async throws -> APICaller? {
        guard let bearer = SymAPI.bearer(of: request) else { return nil }
        return try await authenticate(bearer)
    }

    private func check(_ caller: APICaller?, for route: APIRoute) throws(APIError) -> APICaller? {
        guard case .atLeast(let role) = route.access else { return caller }
        guard let caller else { throw .notAuthorized }
        guard caller.role >= role else {
            throw .forbidden(
                "This needs the role \(role.rawValue), and yours is \(caller.role.rawValue). "
                    + "An administrator can give it: symflow users set-role."
            )
        }
        return caller
    }

    private static func bearer(of request: HTTPRequest) -> String? {
        guard let header = request.headers["Authorization"] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1]).trimmed
    }
}
