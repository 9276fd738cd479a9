/// The names that generated files need, checked before anything is written.
package struct StarterNames: Hashable, Sendable {
    package static let lengthMax = 32

    /// Letters, digits and dashes, at most 32 (sym-terraform.md 9).
    ///
    /// - Parameter option: which option said it.
    package static func name(_ text: String, _ option: String) throws(ClientError) -> String {
        let isGood =
            !text.isEmpty && text.utf8.count <= lengthMax && text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 0x2d }
            && text.utf8.first.map(isLetterOrDigit) == true
        guard isGood else {
            let near = String(
                decoding: text.utf8.map { isLetterOrDigit($0) ? $0 : 0x2d }.prefix(lengthMax), as: UTF8.self
            )
            throw .usage(
                "\(option): \"\(text)\" is not a name of letters, digits and dashes, at most \(lengthMax).",
                hint: "\"\(near)\" would be one."
            )
        }
        return text
    }

    /// A Slack workspace's id, in upper case.
    package static func workspace(_ text: String) throws(ClientError) -> String {
        let id = text.uppercased()
        guard id.utf8.count >= 3, id.hasPrefix("T"), id.utf8.allSatisfy(isLetterOrDigit) else {
            throw .usage(
                "--slack-workspace-id: \"\(text)\" is not the id of a Slack workspace, T….",
                hint: "Open Slack in a browser: the address is https://app.slack.com/client/T…/…."
            )
        }
        return id
    }

    package static func email(_ text: String) throws(ClientError) -> String {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c }
        guard parts.count == 2, !parts[0].isEmpty, parts[1].contains("."), isPlain else {
            throw .usage("--admin: \"\(text)\" is not an e-mail address.")
        }
        return text.lowercased()
    }

    package static func channel(_ text: String) throws(ClientError) -> String {
        let name = text.hasPrefix("#") ? String(text.dropFirst()) : text
        let isGood = name.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 0x2d || $0 == 0x5f }
        guard isGood, !name.isEmpty, name.utf8.count <= 80, name == name.lowercased() else {
            throw .usage("--channel: \"\(text)\" is not a channel of Slack, such as #approvals.")
        }
        return "#" + name
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
}

/// A file to be written, relative to the folder it belongs into.
package struct StarterFile: Hashable, Sendable {
    package var path: String
    package var text: String

    package init(_ path: String, _ text: String) {
        self.path = path
        self.text = text.hasSuffix("\n") ? text : text + "\n"
    }
}

/// The kinds of flow that `symflow generate --type` knows.
package enum FlowKind: String, Sendable, CaseIterable {
    case okta
    case approvalOnly = "approval-only"
    case awsIAM = "aws-iam"
    case awsLambda = "aws-lambda"
    case awsSSO = "aws-sso"
    /// An addition of ours: access switched on and off by a call of one's own system.
    case http
}
