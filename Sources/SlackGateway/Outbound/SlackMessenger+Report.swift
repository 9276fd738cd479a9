import ApprovalCore
import ApprovalEngine
package import FlowConfig
import SlackContract
import Support

extension SlackMessenger {
    /// Says in an error channel what went wrong before there was a request. Tried once: the log has it too.
    package func report(_ error: String, title: String, in channel: ErrorChannel) async {
        let quoted = String(Redaction.redacted(error).prefix(Self.reportMax))
        let text: Mrkdwn = "*\(plain: title)*: something went wrong.\n\(codeBlock: quoted)"
        let isFull =
            client.pacer.reserve(
                .post, workspace: channel.workspace, channel: channel.channel, ticket: "report/\(title)/\(error)"
            ) != nil
        do throws(Undelivered) {
            if isFull { throw Undelivered(.notSent("too much is being posted there")) }
            let place = try await self.channel(for: .channel(channel.channel), channel.workspace)
            _ = try await post(Message(text: text), to: place, channel.workspace)
        } catch {
            log.warning(
                "an error could not be reported",
                ["channel": channel.channel, "error": quoted, "reason": "\(error.delivery)"]
            )
        }
    }
}
