import SlackContract
import Support
import Testing

/// The example that Slack publishes (slack.md 1.1).
private enum Example {
    static let secret = Secret("8f742231b10e8888abcd99yyyzzz85a5")
    static let timestamp = "1531420618"
    static let now = Timestamp(seconds: 1_531_420_618)
    static let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    static let body = Array(
        """
        token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
        channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
        response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
        trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c
        """.utf8)

    static func verify(
        body: [UInt8] = body, timestamp: String? = timestamp, signature: String? = signature,
        secrets: [Secret] = [secret], now: Timestamp = now
    ) -> SlackSignature.Failure? {
        do throws(SlackSignature.Failure) {
            try SlackSignature.verify(
                body: body, timestampHeader: timestamp, signatureHeader: signature, secrets: secrets, now: now
            )
            return nil
        } catch {
            return error
        }
    }
}

@Suite struct `Slack's signature` {
    @Test func `the published example verifies`() {
        #expect(Example.verify() == nil)
        #expect(
            SlackSignature.sign(body: Example.body, timestamp: Example.timestamp, secret: Example.secret)
                == Example.signature
        )
    }

    @Test(arguments: zip([-300_001, -300_000, 0, 300_000, 300_001], [false, true, true, true, false]))
    func `a request is fresh for 300 seconds in both directions`(milliseconds: Int, isFresh: Bool) {
        let now = Example.now + .milliseconds(milliseconds)
        #expect(Example.verify(now: now) == (isFresh ? nil : .staleTimestamp))
    }

    @Test(arguments: [
        "", "now", "+1531420618", "-1531420618", "1531420618.0", " 1531420618", "0x5b479b8a", "١٥٣١٤٢٠٦١٨",
        "15314206181531420618",
    ])
    func `a timestamp is digits`(timestamp: String) {
        #expect(Example.verify(timestamp: timestamp) == (timestamp.isEmpty ? .missingTimestamp : .malformedTimestamp))
    }

    @Test(arguments: [
        "v1=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        "v0=A2114D57B48EAC39B9AD189DD8316235A7B4A8D21A10BD27519666489C69B503",
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b50",
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b5030",
        "v0=g2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503", "v0=",
    ])
    func `a signature of another form is refused unread`(signature: String) {
        #expect(Example.verify(signature: signature) == .malformedSignature)
    }

    @Test func `missing headers are refused`() {
        #expect(Example.verify(timestamp: nil) == .missingTimestamp)
        #expect(Example.verify(signature: nil) == .missingSignature)
        #expect(Example.verify(signature: "") == .missingSignature)
    }

    @Test func `one changed bit in body, timestamp or signature is refused`() {
        var body = Example.body
        body[10] ^= 1
        #expect(Example.verify(body: body) == .wrongSignature)
        #expect(Example.verify(body: []) == .wrongSignature)
        #expect(Example.verify(timestamp: "1531420619") == .wrongSignature)
        #expect(Example.verify(signature: String(Example.signature.dropLast()) + "4") == .wrongSignature)
    }

    @Test func `any of several secrets will do, and none never does`() {
        let other = Secret("other")
        #expect(Example.verify(secrets: [other, Example.secret]) == nil)
        #expect(Example.verify(secrets: [Example.secret, other]) == nil)
        #expect(Example.verify(secrets: [other]) == .wrongSignature)
        #expect(Example.verify(secrets: []) == .wrongSignature)
    }

    @Test func `an empty secret verifies nothing, not even what it signed`() {
        let signature = SlackSignature.sign(body: Example.body, timestamp: Example.timestamp, secret: Secret(""))
        #expect(Example.verify(signature: signature, secrets: [Secret("")]) == .wrongSignature)
    }

    @Test func `bytes that are not UTF-8 are signed as they are`() {
        let body: [UInt8] = [0xff, 0x00, 0xfe, 0x3d]
        let signature = SlackSignature.sign(body: body, timestamp: Example.timestamp, secret: Example.secret)
        #expect(Example.verify(body: body, signature: signature) == nil)
        #expect(Example.verify(body: [0xfd, 0x00, 0xfe, 0x3d], signature: signature) == .wrongSignature)
    }
}
