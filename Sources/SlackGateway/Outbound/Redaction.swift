/// Takes out of texts for logs and people what whoever reads it could use: tokens, response URLs, triggers
/// (slack.md 6, no. 26).
package enum Redaction {
    static let replacement = "<redacted>"

    package static func redacted(_ text: String) -> String {
        var result = ""
        var word = ""
        for character in text {
            if isDelimiter(character) {
                result += isSecret(word) ? replacement : word
                result.append(character)
                word = ""
            } else {
                word.append(character)
            }
        }
        return result + (isSecret(word) ? replacement : word)
    }

    private static func isDelimiter(_ character: Character) -> Bool {
        character.isWhitespace || "\"'`<>()[]{},;|=".contains(character)
    }

    private static let tokenStarts = ["xapp-", "xoxe.", "xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-"]
    private static let hookHosts = ["hooks.slack.com", "hooks.slack-gov.com"]

    private static func isSecret(_ word: String) -> Bool {
        guard word.utf8.count >= 10 else { return false }
        let lowered = word.lowercased()
        return (tokenStarts + hookHosts).contains { lowered.contains($0) } || isTrigger(lowered)
    }

    /// `123.456.hex` (slack.md 1.10).
    private static func isTrigger(_ word: String) -> Bool {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].utf8.count >= 16 else { return false }
        let isNumber = { (part: Substring) in !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        return isNumber(parts[0]) && isNumber(parts[1]) && parts[2].allSatisfy(\.isHexDigit)
    }
}
