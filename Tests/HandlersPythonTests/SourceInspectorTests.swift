import FlowConfig
import Glibc
import Support
import TestSupport
import Testing

@testable import HandlersPython

@Suite struct `Looking at Python files before they are used` {
    private func findings(_ sources: [PythonSource]) async throws -> SourceInspector.Findings {
        let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
        let command = try await Sandbox(
            python: getenv("SYM_PYTHON").map { String(cString: $0) } ?? "/usr/bin/python3",
            folder: root + "/Sources/HandlersPython/Python"
        ).command(.none, log: .silent)
        return try await SourceInspector(command: command, loadTime: .seconds(3)).inspect(sources)
    }

    private func source(
        _ text: String, file: String = "impl.py", part: Capabilities.PythonPart = .implementation,
        fields: [String]? = ["why"], hasRules: Bool = false
    ) -> PythonSource {
        var source = PythonSource(part: part, file: file, text: text)
        source.fields = fields
        source.hasRules = hasRules
        return source
    }

    private static let permissions = """
        from sym.sdk import *
        @reducer
        def get_permissions(event): pass

        """

    @Test func `a file that is right has nothing wrong with it`() async throws {
        #expect(try await findings([source(Self.permissions)]) == SourceInspector.Findings())
    }

    @Test func `problems have file, line, what was found and what was expected`() async throws {
        let text = Self.permissions + "@hook\ndef on_aprove(event): pass\n"
        let found = try await findings([source(text)])
        #expect(found.problems.count == 1)
        let problem = try #require(found.problems.first)
        #expect(problem.file == "impl.py" && problem.path == "line 5" && problem.found == "@hook on_aprove")
        #expect(problem.hint == "Did you mean on_approve?")
    }

    @Test func `a process that ends while it loads is a finding about its file, and the others are looked at`()
        async throws
    {
        let found = try await findings([
            source("import os\nos._exit(9)\n", file: "a.py"), source("while True: pass\n", file: "b.py"),
            source(Self.permissions, file: "c.py"),
        ])
        #expect(found.problems.map(\.file) == ["a.py", "b.py"])
        #expect(found.problems[0].found.contains("exit status 9"))
    }

    @Test func `what is missing where rules decide is no problem`() async throws {
        #expect(try await findings([source("x = 1\n")]).problems.count == 1)
        #expect(try await findings([source("x = 1\n", hasRules: true)]) == SourceInspector.Findings())
    }

    @Test func `a file that flows share may speak of the fields of each`() async throws {
        let text = Self.permissions + "@prefetch('size')\ndef sizes(event): return []\n"
        #expect(try await findings([source(text)]).problems.count == 1)
        #expect(try await findings([source(text), source(text, fields: ["size"])]) == SourceInspector.Findings())
    }

    @Test func `a flows filter has a reducer of its own`() async throws {
        let filter = "from sym.sdk import *\n@reducer\ndef get_flows(user, flows, flows_filter_vars): return flows\n"
        #expect(try await findings([source(filter, part: .flowsFilter, fields: nil)]) == SourceInspector.Findings())
        let other = try await findings([source(Self.permissions, part: .flowsFilter, fields: nil)])
        #expect(other.problems.map(\.found) == ["no reducer get_flows"])
    }
}
