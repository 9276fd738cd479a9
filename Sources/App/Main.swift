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
        exit(code)
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
        if CommandTable.later.contains(name) {
            Terminal.complain("symflow \(name) is not available in this version.")
            return ExitCode.failure
        }
        guard let command = CommandTable.command(named: name) else {
            let nearest = Spelling.nearest(to: name, among: CommandTable.names)
            Terminal.complain(
                "symflow: there is no command \"\(name)\"."
                    + (nearest.map { " Did you mean \"\($0)\"?" } ?? " See symflow --help.")
            )
            return ExitCode.usage
        }
        if words.contains("--help") || words.contains("-h") {
            Terminal.print(command.help)
            return 0
        }
        do {
            return try await command.run(Arguments(words, of: command))
        } catch let error as UsageError {
            Terminal.complain("symflow \(name): \(error.message) See symflow \(name) --help.")
            return ExitCode.usage
        } catch let error as CommandError {
            Terminal.complain(error.message)
            return ExitCode.failure
        } catch {
            Terminal.complain("symflow \(name): \(error)")
            return ExitCode.failure
        }
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

    private static func write(_ descriptor: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
    }
}
