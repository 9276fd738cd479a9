import ApprovalCore
package import ApprovalEngine
package import HTTPModel
import SlackContract
package import Support

/// Everything that Slack sends, over one address: verifies, decodes, makes durable, acknowledges. What may take longer
/// goes to the interaction lane or the outbox; the acknowledgement waits for neither Slack, nor flow code, nor a target.
package struct SlackEndpoint: HTTPHandler {
    let engine: ApprovalEngine
    let client: SlackClient
    let lane: InteractionLane
    let desk: FormDesk
    let settings: SlackEndpointSettings
    let log: Log

    package init(
        engine: ApprovalEngine, client: SlackClient, lane: InteractionLane, desk: FormDesk,
        settings: SlackEndpointSettings, log: Log
    ) {
        self.engine = engine
        self.client = client
        self.lane = lane
        self.desk = desk
        self.settings = settings
        self.log = log
    }

    /// Commands are answered in microseconds and without a wait. Interactions and events wait for the store in any case,
    /// and cost more when they begin on the threads that read them.
    package func beginsAtOnce(_ request: HTTPRequest) -> Bool {
        request.body.count <= Self.commandBytesMax && SlackInbound.looksLikeCommand(request.body)
    }

    /// Longer than any command; verified and decoded in less than a millisecond.
    private static let commandBytesMax = 64 << 10

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        guard request.method == "POST" else {
            return HTTPResponse(status: 405, headers: ["Allow": "POST"])
        }
        let contentType = request.headers["Content-Type"]
        if SlackInbound.isBareSSLCheck(contentType: contentType, body: request.body) {
            return HTTPResponse(status: 200)
        }
        do throws(SlackSignature.Failure) {
            try SlackSignature.verify(
                body: request.body, timestampHeader: request.headers[SlackSignature.timestampHeader],
                signatureHeader: request.headers[SlackSignature.signatureHeader], secrets: settings.signingSecrets,
                now: engine.clock.now()
            )
        } catch {
            log.warning("a request that is not Slack's was refused", ["reason": "\(error)", "peer": request.peer])
            return .text("The signature is not Slack's: \(error).\n", status: 401)
        }
        do throws(SlackDecodingError) {
            return await route(try SlackInbound.decode(contentType: contentType, body: request.body))
        } catch {
            log.warning("a request of Slack's could not be read", ["error": "\(error)"])
            return .text("\(error)\n", status: 400)
        }
    }

    private func route(_ inbound: SlackInbound) async -> HTTPResponse {
        if let app = inbound.apiAppID, app != settings.appID {
            log.warning("a request for another app was refused", ["app": app])
            return .text("This address belongs to another Slack app.\n", status: 403)
        }
        switch inbound {
        case .urlVerification(let challenge): return .text(challenge)
        case .command(let command):
            guard let workspace = installed(inbound) else { return notInstalled(inbound) }
            return answer(command, workspace: workspace)
        case .shortcut(let shortcut):
            guard let workspace = installed(inbound) else { return notInstalled(inbound) }
            if shortcut.callbackID == "sym_request", let trigger = shortcut.triggerID {
                openPrompt(
                    for: shortcut.actor, workspace: workspace, trigger: trigger, flow: nil, target: nil, reply: nil
                )
            }
            return .acknowledged
        // A click belongs to the installation that posted the card; the payload's team only tells who acts.
        case .blockActions(let actions): return await answer(actions)
        case .viewSubmission(let submission):
            guard let workspace = installed(inbound) else { return notInstalled(inbound) }
            return await answer(submission, workspace: workspace)
        case .blockSuggestion(let suggestion):
            guard let workspace = installed(inbound) else { return notInstalled(inbound) }
            return await answer(suggestion, workspace: workspace)
        case .event(let event): return await answer(event)
        case .viewClosed, .messageAction, .appRateLimited, .sslCheck: return .acknowledged
        case .retired(let kind), .unknown(let kind):
            log.info("Slack sent something that is not for us", ["kind": kind])
            return .acknowledged
        }
    }

    private func installed(_ inbound: SlackInbound) -> String? {
        guard let team = inbound.installation?.team, settings.isInstalled(team) else { return nil }
        return team
    }

    private func notInstalled(_ inbound: SlackInbound) -> HTTPResponse {
        log.warning(
            "a request from a workspace without an installation was refused",
            ["workspace": inbound.installation?.team ?? ""]
        )
        return .text("The app is not installed in this workspace.\n", status: 403)
    }

    // MARK: Events

    private func answer(_ callback: EventCallback) async -> HTTPResponse {
        do {
            guard try await engine.store.note(delivery: callback.eventID, at: engine.clock.now()) else {
                return .acknowledged
            }
        } catch {
            // Slack repeats the event; nothing was done yet.
            return HTTPResponse(status: 503)
        }
        switch callback.event {
        case .userChanged(let user), .userJoined(let user):
            if let workspace = callback.installation.team, settings.isInstalled(workspace) {
                let account = Account(workspace: user.teamID ?? workspace, user: user.id)
                _ = try? await engine.remember(PersonFacts(user, asked: account, from: workspace))
            }
        case .appUninstalled:
            log.error("the app was removed from a workspace", ["workspace": callback.installation.team ?? ""])
        case .tokensRevoked:
            log.error("Slack revoked tokens; check the installation", ["workspace": callback.installation.team ?? ""])
        case .other(let type): log.debug("an event that is not for us", ["kind": type])
        default: log.debug("an event was noted", ["kind": "\(callback.event)"])
        }
        return .acknowledged
    }
}

extension HTTPResponse {
    static var acknowledged: HTTPResponse { HTTPResponse(status: 200) }

    static func json(_ value: JSONValue) -> HTTPResponse {
        HTTPResponse(status: 200, headers: ["Content-Type": "application/json; charset=utf-8"], body: value.bytes)
    }
}

extension SlackActor {
    /// Who acts, as far as the payload says. Slack is asked before anything depends on it (decisions.md 4).
    var claimed: Account { Account(workspace: account.team, user: account.user) }
}
