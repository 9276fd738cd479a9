import HTTPModel
import Support

/// The pages of a login: HTML that needs no script, reads well aloud, and follows the reader's colours.
struct LoginPage {
    /// Text that a person or a client wrote, made fit to stand in HTML.
    struct Escaped: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, CustomStringConvertible {
        struct Interpolation: StringInterpolationProtocol {
            var text = ""
            init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }
            mutating func appendLiteral(_ literal: String) { text += literal }
            mutating func appendInterpolation(_ part: Escaped) { text += part.description }
            mutating func appendInterpolation(_ part: String) {
                for character in part.unicodeScalars {
                    switch character {
                    case "&": text += "&amp;"
                    case "<": text += "&lt;"
                    case ">": text += "&gt;"
                    case "\"": text += "&quot;"
                    case "'": text += "&#39;"
                    default: text.unicodeScalars.append(character)
                    }
                }
            }
        }

        let description: String
        init(stringLiteral literal: String) { description = literal }
        init(stringInterpolation: Interpolation) { description = stringInterpolation.text }
    }

    var title: String
    var content: Escaped
    /// Where the page's form may lead in the end: the client on the reader's machine.
    var returnsTo: String?

    func response(status: Int = 200) -> HTTPResponse {
        let page: Escaped = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <meta name="robots" content="noindex"><title>\(title) · symflow</title><style>\(Self.style)</style></head>
            <body><main><p class="brand" aria-hidden="true">symflow</p><h1>\(title)</h1>\(content)</main></body></html>

            """
        let origins = returnsTo.map { " \(Self.origin(of: $0)) \(Self.lastPage)" } ?? ""
        return HTTPResponse(
            status: status,
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
                // Browsers hold a form to this also where its answer leads on.
                "Content-Security-Policy":
                    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'\(origins); base-uri 'none'; "
                    + "frame-ancestors 'none'",
                "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
            ], body: Array(page.description.utf8)
        )
    }

    /// Sym's own client sends the browser on to its closing page.
    private static let lastPage = "https://static.symops.com"

    private static func origin(of uri: String) -> String {
        String(uri.prefix { $0 != "?" }.split(separator: "/", maxSplits: 2).prefix(2).joined(separator: "//"))
    }

    // MARK: The pages

    /// - Parameters:
    ///   - ticket: what the form brings back, sealed.
    ///   - slack: where "Sign in with Slack" leads, where it is offered.
    static func email(
        _ request: LoginRequest, organization: String, ticket: String, slack: String?, problem: String? = nil
    ) -> LoginPage {
        let button: Escaped =
            slack.map {
                """
                <p><a class="button" href="\($0)">Sign in with Slack</a></p><p class="or">or by a code in Slack</p>
                """
            } ?? ""
        return LoginPage(
            title: "Log in to \(organization)",
            content: """
                \(alert(problem))\(button)<form method="post" action="/authorize/email">
                <input type="hidden" name="ticket" value="\(ticket)">
                <label for="email">Your e-mail address in Slack</label>
                <input id="email" name="email" type="email" autocomplete="email" required autofocus maxlength="254">
                <button>Send me a code in Slack</button></form>
                <p class="note">The app sends you a direct message with eight digits, which you type in here.</p>
                \(cancel(request))
                """, returnsTo: request.redirectURI
        )
    }

    static func code(_ attempt: LoginAttempt, problem: String? = nil) -> LoginPage {
        LoginPage(
            title: "Type in your code",
            content: """
                \(alert(problem))<p>If this address belongs to somebody here, the app has sent them a direct message in
                Slack. The code in it is good for five minutes.</p>
                <form method="post" action="/authorize/code">
                <input type="hidden" name="attempt" value="\(attempt.id)">
                <label for="code">Eight digits</label>
                <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus
                maxlength="20" pattern="[0-9 ]*" class="code">
                <button>Log in</button></form>\(cancel(attempt.request))
                """, returnsTo: attempt.request.redirectURI
        )
    }

    static func problem(_ sentence: String) -> LoginPage {
        LoginPage(
            title: "This did not work",
            content: """
                \(alert(sentence))<p>Go back to your terminal and run <code>symflow login</code> again. If it keeps
                failing, ask an administrator whether you are a user here.</p>
                """
        )
    }

    private static func alert(_ problem: String?) -> Escaped {
        problem.map { "<p class=\"problem\" role=\"alert\">\($0)</p>" } ?? ""
    }

    private static func cancel(_ request: LoginRequest) -> Escaped {
        let uri = request.redirect(with: [
            ("error", "access_denied"), ("error_description", "The login was cancelled in the browser."),
        ])
        return "<p class=\"note\"><a href=\"\(uri)\">Cancel</a></p>"
    }

    private static let style: Escaped = """
        :root{color-scheme:light dark;--ink:#1d1c1d;--soft:#5c5962;--paper:#fff;--ground:#f4f2f7;--line:#8d8796;\
        --key:#4a2f7d;--on:#fff;--bad:#a3123a}\
        @media(prefers-color-scheme:dark){:root{--ink:#eceaf0;--soft:#b3aebd;--paper:#25222b;--ground:#17151b;\
        --line:#7d7788;--key:#b79cf0;--on:#17151b;--bad:#ff8fa8}}\
        *{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);\
        color:var(--ink);font:16px/1.5 system-ui,sans-serif;padding:1rem}\
        main{width:100%;max-width:25rem;background:var(--paper);border-radius:14px;padding:2rem;\
        box-shadow:0 1px 3px #0002,0 12px 32px #0001}\
        .brand{margin:0;color:var(--key);font-weight:700;letter-spacing:.02em}h1{font-size:1.4rem;margin:.2rem 0 1.2rem}\
        label{display:block;font-weight:600;margin-bottom:.35rem}\
        input{width:100%;font:inherit;padding:.6rem .7rem;border:1px solid var(--line);border-radius:8px;\
        background:transparent;color:inherit}input.code{font-size:1.5rem;letter-spacing:.18em;text-align:center}\
        button,.button{display:block;width:100%;margin-top:1rem;padding:.7rem;font:inherit;font-weight:600;border:0;\
        border-radius:8px;background:var(--key);color:var(--on);cursor:pointer;text-align:center;text-decoration:none}\
        :focus-visible{outline:3px solid var(--key);outline-offset:2px}\
        .note,.or{color:var(--soft);font-size:.9rem}.or{text-align:center}a{color:var(--key)}\
        .problem{color:var(--bad);font-weight:600}
        """
}
