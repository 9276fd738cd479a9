import Support

#if canImport(Glibc)
    import Glibc
#endif

@main
enum Main {
    static func main() async {
        // A peer that goes away must not take the program with it.
        signal(SIGPIPE, SIG_IGN)
        var words = Array(CommandLine.arguments.dropFirst())
        let name = words.isEmpty ? "--help" : words.removeFirst()
        let code = await run(name, words)
        // Everything is closed and written. Exit handlers would take libcrypto apart under threads that still use it.
        _exit(code)
    }

    private static func run(_ name: String, _ words: [String]) async -> Int32 {
        switch name {
        case "--help", "-h", "help":
            Terminal.print(Usage.overview)
            return 0
        case "--version":
            Terminal.print("symflow \(Version.text)")
            return 0
        default: break
        }
        var title = "symflow"
        do {
            var (front, rest) = try Self.globalOptions([name] + words)
            let (command, parents) = try CommandTable.find(&rest)
            title = (["symflow"] + parents + [command.name]).joined(separator: " ")
            if rest.prefix(while: { $0 != "--" }).contains(where: Usage.asksForHelp) {
                Terminal.print(command.help(behind: parents))
                return 0
            }
            guard command.subcommands.isEmpty else {
                Terminal.complain(command.help(behind: parents))
                return ExitCode.usage
            }
            front += rest
            return try await command.run(Arguments(front, of: command))
        } catch let error as UsageError {
            let advice = title == "symflow" ? "" : " See \(title) --help."
            Terminal.complain("\(title): \(error.message)\(advice)")
            return ExitCode.usage
        } catch let error as CommandError {
            Terminal.complain(error.message)
            return ExitCode.failure
        } catch {
            Terminal.complain("\(title): \(error)")
            return ExitCode.failure
        }
    }

    /// Options that Sym's CLI takes before the command; they go on to it.
    private static func globalOptions(_ words: [String]) throws -> (front: [String], rest: ArraySlice<String>) {
        var front: [String] = []
        var rest = words[...]
        while let word = rest.first, word.hasPrefix("-") {
            let name = String(word.prefix { $0 != "=" })
            guard let option = ClientOptions.everywhere.first(where: { $0.name == name }) else {
                let nearest = Spelling.nearest(to: name, among: ClientOptions.everywhere.map(\.name))
                throw UsageError(
                    "there is no option \(name)." + (nearest.map { " Did you mean \($0)?" } ?? " See symflow --help.")
                )
            }
            let count = option.value == nil || word.contains("=") ? 1 : 2
            front += rest.prefix(count)
            rest = rest.dropFirst(count)
        }
        return (front, rest)
    }
}

enum Version {
    static let text = "0.1.0"
}

/// interface.md 2: 0 done, 1 the answer is no or it failed, 2 wrong usage.
enum ExitCode {
    static let failure: Int32 = 1
    static let usage: Int32 = 2
}

enum Terminal {
    static func print(_ text: String) { write(1, text + "\n") }
    static func complain(_ text: String) { write(2, text + "\n") }
    /// A question, behind which the answer is typed.
    static func prompt(_ text: String) { write(2, text) }
    static func printWithoutLineEnd(_ text: String) { write(1, text) }

    private static func write(_ descriptor: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
    }
}
