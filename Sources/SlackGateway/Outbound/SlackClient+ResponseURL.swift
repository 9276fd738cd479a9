import HTTPModel
package import SlackContract
import Support

extension SlackClient {
    /// Answers a payload where it came from: five times within thirty minutes (slack.md 1.11). An error of the 400s is
    /// for good.
    package func respond(to responseURL: ResponseURL, with message: ResponseMessage) async throws(SlackCallError) {
        let name = "response_url"
        guard responseURL.isAllowed(hosts: responseHosts) else {
            log.warning("a response URL points elsewhere: nothing was sent there")
            throw .refused(.other("response_url_not_allowed"), detail: "")
        }
        let request = responseURL.reveal { url in
            HTTPRequest(
                method: "POST", target: url, headers: ["Content-Type": "application/json; charset=utf-8"],
                body: message.json.bytes
            )
        }
        let response: HTTPResponse
        do throws(TransportError) {
            response = try await transport.send(request, within: Self.deadline, bodyBytesMax: Self.answerBytesMax)
        } catch {
            // Not the error's own words: they may name the URL.
            throw error.mayHaveArrived ? .ambiguous("\(name): no answer") : .notSent("\(name): not reached")
        }
        let error = (try? SlackReply(parsing: response.bytes))?.error
        switch response.status {
        case 200..<300: if let error { throw .refused(error, detail: name) }
        case 429:
            onRateLimit(name)
            throw .heldUntil(clock.now() + Self.retryAfter(response.headers))
        case 500...: throw .ambiguous("\(name): HTTP \(response.status)")
        default: throw .refused(error ?? .other("http_\(response.status)"), detail: name)
        }
    }
}
