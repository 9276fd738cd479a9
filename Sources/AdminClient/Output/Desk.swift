package import Support

/// What every command of an administrator works with: the API, the screen, and how to answer.
package struct Desk: Sendable {
    package var api: APIClient
    package var screen: Screen
    package var ids: IDGenerator
    /// `--json`: answers are JSON documents, questions stay on standard error.
    package var json: Bool
    /// `--force`: destruction is not asked about.
    package var force: Bool

    package init(
        api: APIClient, screen: Screen, ids: IDGenerator = .random, json: Bool = false, force: Bool = false
    ) {
        self.api = api
        self.screen = screen
        self.ids = ids
        self.json = json
        self.force = force
    }

    /// - Parameter document: what the table shows, as the API has it.
    func show(_ table: Table, _ document: JSONValue) {
        screen.print(json ? trimmedPretty(document) : table.text(width: screen.columns))
    }

    /// A sentence for people, an object for programs.
    func say(_ sentence: String, _ document: JSONObject = [:]) {
        screen.print(json ? trimmedPretty(.object(document)) : Printable.text(sentence))
    }

    private func trimmedPretty(_ document: JSONValue) -> String { String(document.pretty.dropLast()) }

    /// Asks before something is destroyed.
    ///
    /// - Parameter question: what is about to happen, as a question.
    /// - Throws: where the answer is not yes, or nobody answers.
    func confirm(_ question: String) throws(ClientError) {
        if try agrees(question) { return }
        throw .failed("Nothing was changed.")
    }

    /// - Throws: where nobody is there to answer.
    func agrees(_ question: String) throws(ClientError) -> Bool {
        if force { return true }
        guard let answer = screen.ask(Printable.text(question) + " [y/N] ") else {
            throw .failed("Nothing was changed: nobody answered.", hint: "Say --force to do it without a question.")
        }
        return ["y", "yes"].contains(answer.trimmed.lowercased())
    }

    /// One of several, as given on the command line or, where it was not, asked for.
    ///
    /// - Parameters:
    ///   - what: what is chosen, such as "a service type".
    ///   - option: which option would have said it.
    package func choose(
        _ what: String, given: String?, among choices: [String], option: String
    ) throws(ClientError) -> String {
        if let given {
            guard choices.contains(given) else { throw .invalidChoice(given, what: what, among: choices) }
            return given
        }
        if choices.count == 1 {
            screen.complain("Taking \(Printable.line(choices[0])), the only choice.")
            return choices[0]
        }
        guard !choices.isEmpty else { throw .invalidChoice("", what: what, among: []) }
        for (index, choice) in choices.enumerated() { screen.complain("  \(index + 1)  \(Printable.line(choice))") }
        guard let answer = screen.ask("Choose \(what), by number or name: ")?.trimmed else {
            throw .usage("\(option) is missing, and nobody is there to be asked.")
        }
        if let number = Int(answer), choices.indices.contains(number - 1) { return choices[number - 1] }
        guard choices.contains(answer) else { throw .invalidChoice(answer, what: what, among: choices) }
        return answer
    }
}

/// Words with numbers in them.
func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }
