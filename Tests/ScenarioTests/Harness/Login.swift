import Crypto
import HTTPModel
import Support

extension Installation {
    /// Somebody logs in as `symflow login` does it, with a browser and a code that the app sends them in Slack.
    ///
    /// - Returns: the API with the token that this gives.
    func logsIn(_ name: String) async throws -> APIClient {
        let stranger = APIClient(url: url)
        guard let client = try await stranger.get("auth/org/acme")["client_id"]?.text else {
            throw HarnessError("the organisation has no client")
        }
        let verifier = Base64URL.text(Random.bytes(96))
        let redirect = "http://localhost:11001/callback"
        let query = FormURLEncoded.encode([
            ("response_type", "code"), ("client_id", client), ("code_challenge_method", "S256"),
            ("code_challenge", Base64URL.text(SHA256.hash(Array(verifier.utf8)))), ("redirect_uri", redirect),
            ("audience", "https://api.symops.com"), ("state", "state"), ("scope", "login:cli"),
        ])
        let page = try await call("/authorize?" + query)
        let cookie = String((page.headers["Set-Cookie"] ?? "").prefix { $0 != ";" })
        let asked = try await submit(
            "/authorize/email", cookie, [("ticket", page.field("ticket")), ("email", name + "@acme.test")]
        )
        let message = try await person(name).sees("Your code for", in: "@app").text
        let digits = message.split(separator: "*").map { $0.filter(\.isNumber) }.first { $0.count == 8 } ?? ""
        let sent = try await submit("/authorize/code", cookie, [("attempt", asked.field("attempt")), ("code", digits)])
        let answer = (sent.headers["Location"] ?? "").split(separator: "?").last ?? ""
        guard let code = FormURLEncoded.decode(answer.utf8)?.first(where: { $0.name == "code" })?.value else {
            throw HarnessError("\(name) cannot log in: \(sent.status) \(String(decoding: sent.bytes, as: UTF8.self))")
        }
        let redeemed = try await submit(
            "/oauth/token", cookie,
            [
                ("grant_type", "authorization_code"), ("client_id", client), ("code_verifier", verifier),
                ("code", code),
                ("redirect_uri", redirect),
            ]
        )
        guard let token = try JSONValue(parsing: redeemed.bytes)["access_token"]?.text else {
            throw HarnessError("\(name) gets no token: \(String(decoding: redeemed.bytes, as: UTF8.self))")
        }
        return APIClient(url: url, token: token)
    }

    private func submit(_ path: String, _ cookie: String, _ form: [(String, String)]) async throws -> HTTPResponse {
        try await call(
            path, method: "POST",
            headers: ["Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie],
            body: Array(FormURLEncoded.encode(form).utf8)
        )
    }
}

extension HTTPResponse {
    /// The value of a hidden field of the page.
    fileprivate func field(_ name: String) -> String {
        let page = String(decoding: bytes, as: UTF8.self)
        guard let start = page.firstRange(of: "name=\"\(name)\" value=\"")?.upperBound else { return "" }
        return String(page[start...].prefix { $0 != "\"" })
    }
}
