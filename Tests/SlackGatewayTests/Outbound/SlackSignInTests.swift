import ApprovalCore
import HTTPModel
import SlackGateway
import Support
import TestSupport
import Testing

@Suite struct `Sign in with Slack` {
    private let transport = ScriptedTransport()

    private var signIn: SlackSignIn {
        SlackSignIn(
            clientID: "1.2", clientSecret: Secret("client-secret"), apiURL: "https://slack.test/api/",
            transport: transport
        )
    }

    @Test func `the browser goes to Slack, beside the Web API`() {
        let url = signIn.url(state: "a b", redirectURI: "https://sym.test/authorize/slack")
        #expect(
            url == "https://slack.test/openid/connect/authorize?response_type=code&scope=openid%20profile%20email"
                + "&client_id=1.2&state=a%20b&redirect_uri=https%3A%2F%2Fsym.test%2Fauthorize%2Fslack"
        )
    }

    @Test func `Slack says who has the code`() async throws {
        transport.expect("openid.connect.token", .json(["ok": true, "access_token": "xoxp-1", "id_token": "a.b.c"]))
        transport.expect(
            "openid.connect.userInfo",
            .json(["ok": true, "https://slack.com/team_id": "T0HOME", "https://slack.com/user_id": "U0DANA"])
        )
        let account = try await signIn.account(code: "code-1", redirectURI: "https://sym.test/authorize/slack")
        #expect(account == Account(workspace: "T0HOME", user: "U0DANA"))
        let sent = transport.sent
        #expect(sent.map(\.name) == ["openid.connect.token", "openid.connect.userInfo"])
        #expect(sent[0].body["code"] == "code-1" && sent[0].body["client_secret"] == "client-secret")
        #expect(sent[0].body["redirect_uri"] == "https://sym.test/authorize/slack")
        #expect(sent[1].request.headers["Authorization"] == "Bearer xoxp-1")
        #expect(!sent[1].request.target.contains("xoxp"))
    }

    @Test func `a code that Slack does not know is nobody's`() async throws {
        transport.expect("openid.connect.token", .json(["ok": false, "error": "invalid_code"]))
        #expect(try await signIn.account(code: "x", redirectURI: "https://sym.test/") == nil)
        transport.expect("openid.connect.token", .json(["ok": true, "access_token": "xoxp-1"]))
        transport.expect("openid.connect.userInfo", .status(500, text: "<html>"))
        #expect(try await signIn.account(code: "x", redirectURI: "https://sym.test/") == nil)
    }

    @Test func `no answer of Slack's is not a refusal`() async {
        transport.expect("openid.connect.token", .failure(.timedOut(after: .seconds(4))))
        await #expect(throws: TransportError.self) {
            _ = try await signIn.account(code: "x", redirectURI: "https://sym.test/")
        }
    }
}
