import SlackContract
import SlackGateway
import Support
import Synchronization

/// The workspaces that the app is installed in. With one token from the environment that is the workspace the
/// configuration names now, or, where it names several, the one that Slack says the token is for.
final class Installations: Sendable {
    private struct State {
        /// What Slack said about the token, once it has.
        var known: AuthTest.Reply?
        var problem: String? = "Slack has not been asked yet"
    }

    private let token: Secret
    private let appID: String
    private let workspaces: @Sendable () -> [String]
    private let state = Mutex(State())

    /// - Parameter workspaces: of the configuration's `slack` integrations that are marked `home`.
    init(token: Secret, appID: String, workspaces: @escaping @Sendable () -> [String]) {
        self.token = token
        self.appID = appID
        self.workspaces = workspaces
    }

    func isInstalled(_ workspace: String) -> Bool {
        state.withLock { $0.known }.map { $0.teamID == workspace } ?? workspaces().contains(workspace)
    }

    func installation(_ workspace: String) -> SlackInstallation? {
        guard isInstalled(workspace) else { return nil }
        let known = state.withLock { $0.known }
        return SlackInstallation(
            token: token, botUser: known?.userID, botID: known?.botID, appID: appID, workspace: workspace
        )
    }

    /// Why we do not know yet whether Slack answers to our token; `nil` once we do.
    var problem: String? {
        let state = state.withLock { $0 }
        guard state.problem == nil, let known = state.known, !workspaces().contains(known.teamID) else {
            return state.problem
        }
        return "the token is for the workspace \(known.teamID), which no slack integration of the configuration names"
    }

    /// A workspace to ask through, before it is known which one the token is for.
    var anyWorkspace: String? { workspaces().first }

    func learn(_ reply: AuthTest.Reply) {
        state.withLock { state in
            state.known = reply
            state.problem = nil
        }
    }

    func fail(_ problem: String) { state.withLock { $0.problem = problem } }
}

/// Asks Slack whose token we hold, until it answers. Nothing waits for it (decisions.md 11).
final class InstallationCheck: Service {
    let name = "installation check"
    private let installations: Installations
    private let client: SlackClient
    private let log: Log

    private static let again: Duration = .seconds(15)
    private static let whenKnown: Duration = .seconds(600)

    init(_ installations: Installations, client: SlackClient, log: Log) {
        self.installations = installations
        self.client = client
        self.log = log
    }

    func run() async throws {
        while !Task.isCancelled {
            var pause = Self.again
            if let workspace = installations.anyWorkspace {
                do throws(SlackCallError) {
                    let reply = try await client.call(AuthTest(), workspace: workspace)
                    installations.learn(reply)
                    pause = Self.whenKnown
                    log.info("Slack knows our token", ["workspace": reply.teamID])
                } catch {
                    installations.fail("auth.test: \(error)")
                    log.warning("Slack does not answer to our token yet", ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: pause)
        }
    }
}
