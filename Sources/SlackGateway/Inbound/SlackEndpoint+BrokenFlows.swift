import ApprovalEngine
import FlowConfig
import SlackContract
import Support

/// Flows that came through the API and cannot run: whoever wants one hears why, and so does the error channel.
extension SlackEndpoint {
    /// What to say of a flow that cannot run; `nil` where none is meant.
    func broken(in workspace: String, _ isMeant: (_ name: String) -> Bool) -> Mrkdwn? {
        guard let flow = desk.offers.brokenFlows(in: workspace).first(where: { isMeant($0.name) }) else { return nil }
        log.warning("a flow that cannot run was asked for", ["flow": flow.name, "error": flow.reason])
        lane.start {
            await desk.report(
                flow.label, .failed(flow.sentence), workspace: flow.workspace ?? workspace, channel: flow.errorChannel
            )
        }
        return PromptText.broken(flow)
    }

    /// What a form says whose flow is gone, or cannot run.
    func notOffered(in workspace: String, _ isMeant: (_ name: String) -> Bool) -> View {
        PromptModal.message(
            broken(in: workspace, isMeant) ?? "This flow is no longer offered. Type `/sym` to see what is.")
    }
}
