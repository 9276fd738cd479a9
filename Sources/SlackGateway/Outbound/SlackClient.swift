import FoundationEssentials
package import HTTPModel
package import SlackContract
package import Support
import Synchronization

/// Calls Slack's Web API: one attempt, with what came of it said exactly. Trying again belongs to the outbox.
///
/// Keeps the waits that Slack asks for, and stops calling for a while where the token is refused. Nothing it logs or
/// throws holds a token, a trigger or a response URL.
package final class SlackClient: Sendable {
    private let apiURL: String
    let responseHosts: Set<String>
    let transport: any HTTPTransport
    private let installation: @Sendable (String) -> SlackInstallation?
    private let brokenInstallation: @Sendable (String, SlackErrorCode) -> Void
    let onRateLimit: @Sendable (_ method: String) -> Void
    let clock: WallClock
    let log: Log
    private let broken = Mutex<[String: Breakage]>([:])
    package let pacer: SlackPacer

    private struct Breakage {
        var code: SlackErrorCode
        /// A new token is worth a call at once.
        var token: Secret
        var until: Timestamp
    }

    /// For one call, connecting included.
    package static let deadline = Duration.seconds(10)
    /// For what a trigger, which lives three seconds, is used up by.
    package static let viewDeadline = Duration.milliseconds(2500)
    package static let answerBytesMax = 1 << 20
    /// How long nothing is called after the token was refused.
    package static let breakageTime = Duration.seconds(60)
    /// How long a workspace that is being moved is left alone at first.
    package static let migrationTime = Duration.minutes(5)

    private static let slackAPIHosts: Set = ["slack.com", "www.slack.com", "slack-gov.com"]
    package struct Settings: Hashable, Sendable {
        /// Where the methods are: `SLACK_API_URL`.
        package var apiURL: String
        /// Where response URLs may point to besides Slack itself and the server of `apiURL`; as `ResponseURL.isAllowed`
        /// takes them.
        package var moreResponseHosts: Set<String>

        package static let slack = "https://slack.com/api/"

        package init(apiURL: String = Settings.slack, moreResponseHosts: Set<String> = []) {
            self.apiURL = apiURL.hasSuffix("/") ? apiURL : apiURL + "/"
            self.moreResponseHosts = moreResponseHosts
        }
    }

    /// - Parameters:
    ///   - installation: by workspace, `T…`.
    ///   - brokenInstallation: called when a token is refused: somebody must install the app again.
    ///   - onHold: called when Slack asks us to wait.
    ///   - onRateLimit: called for each call that Slack refused because there were too many.
    package init(
        settings: Settings = Settings(), transport: any HTTPTransport,
        installation: @escaping @Sendable (String) -> SlackInstallation?,
        brokenInstallation: @escaping @Sendable (String, SlackErrorCode) -> Void = { _, _ in },
        onHold: @escaping @Sendable (SlackPacer.Hold) -> Void = { _ in },
        onRateLimit: @escaping @Sendable (_ method: String) -> Void = { _ in }, clock: WallClock, log: Log
    ) {
        self.transport = transport
        apiURL = settings.apiURL
        responseHosts = settings.moreResponseHosts.union(ResponseURL.slackHosts).union(Self.origin(of: settings.apiURL))
        self.clock = clock
        self.log = log
        self.installation = installation
        self.brokenInstallation = brokenInstallation
        self.onRateLimit = onRateLimit
        pacer = SlackPacer(clock: clock, onHold: onHold)
    }

    /// `https://host:port` of a URL. Who is sent the token may be sent answers as well; of Slack's, only its own hooks.
    private static func origin(of url: String) -> [String] {
        let parts = url.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].isEmpty, parts[0].hasSuffix(":"), !parts[2].isEmpty else { return [] }
        return slackAPIHosts.contains(String(parts[2])) ? [] : [parts[0] + "//" + parts[2]]
    }

    package func installation(in workspace: String) -> SlackInstallation? { installation(workspace) }

    // MARK: Calls

    /// Calls a method with the token of a workspace.
    package func call<M: SlackMethod>(_ method: M, workspace: String) async throws(SlackCallError) -> M.Reply {
        guard let installation = installation(workspace) else { throw .noInstallation(workspace: workspace) }
        if let code = breakage(of: installation) {
            throw .notSent("Slack refuses the token of workspace \(workspace): \(code)")
        }
        do throws(SlackCallError) {
            return try await call(method, token: installation.token, workspace: workspace)
        } catch {
            if case .refused(let code, _) = error, isAboutToken(code, M.name) { markBroken(installation, code) }
            throw error
        }
    }

    /// Calls a method with a token whose workspace is not known yet: `auth.test` at the start.
    package func call<M: SlackMethod>(_ method: M, token: Secret) async throws(SlackCallError) -> M.Reply {
        try await call(method, token: token, workspace: "")
    }

    /// Calls a method that brings its own credentials: `oauth.v2.access`.
    package func call<M: SlackMethod>(_ method: M) async throws(SlackCallError) -> M.Reply {
        let authorization = method.basicCredentials.map { credentials in
            credentials.password.reveal {
                "Basic " + Data("\(credentials.user):\($0)".utf8).base64EncodedString()
            }
        }
        return try await perform(method, authorization: authorization, workspace: "")
    }

    private func call<M: SlackMethod>(
        _ method: M, token: Secret, workspace: String
    ) async throws(SlackCallError) -> M.Reply {
        try await perform(method, authorization: token.reveal { "Bearer " + $0 }, workspace: workspace)
    }

    private func perform<M: SlackMethod>(
        _ method: M, authorization: String?, workspace: String
    ) async throws(SlackCallError) -> M.Reply {
        let channel = method.rateChannel
        if let until = pacer.heldUntil(method: M.name, workspace: workspace, channel: channel) {
            throw .heldUntil(until)
        }
        var request = HTTPRequest(
            method: "POST", target: apiURL + M.name,
            headers: ["Content-Type": method.contentType, "Accept": "application/json"], body: method.body
        )
        request.headers["Authorization"] = authorization
        let response = try await send(
            request, within: M.name.hasPrefix("views.") ? Self.viewDeadline : Self.deadline, name: M.name, workspace
        )
        return try interpret(response, of: M.self, workspace, channel)
    }

    private func send(
        _ request: HTTPRequest, within deadline: Duration, name: String, _ workspace: String
    ) async throws(SlackCallError) -> HTTPResponse {
        do throws(TransportError) {
            return try await transport.send(request, within: deadline, bodyBytesMax: Self.answerBytesMax)
        } catch {
            let reason = Redaction.redacted("\(name): \(error)")
            if error != .cancelled {
                log.warning("Slack did not answer", ["method": name, "workspace": workspace, "error": reason])
            }
            throw error.mayHaveArrived ? .ambiguous(reason) : .notSent(reason)
        }
    }

    // MARK: Broken installations

    private func isAboutToken(_ code: SlackErrorCode, _ method: String) -> Bool {
        switch SlackReaction.reaction(to: code, method: method) {
        case .credentials, .tokenRefresh: true
        default: false
        }
    }

    private func breakage(of installation: SlackInstallation) -> SlackErrorCode? {
        let now = clock.now()
        return broken.withLock { broken in
            guard let breakage = broken[installation.workspace] else { return nil }
            guard breakage.token == installation.token, now < breakage.until,
                breakage.until - now <= Self.breakageTime
            else {
                broken[installation.workspace] = nil
                return nil
            }
            return breakage.code
        }
    }

    private func markBroken(_ installation: SlackInstallation, _ code: SlackErrorCode) {
        let breakage = Breakage(code: code, token: installation.token, until: clock.now() + Self.breakageTime)
        let isNew = broken.withLock { $0.updateValue(breakage, forKey: installation.workspace) == nil }
        guard isNew else { return }
        log.error(
            "Slack refuses the token: the app must be installed again",
            ["workspace": installation.workspace, "error": "\(code)"]
        )
        brokenInstallation(installation.workspace, code)
    }
}
