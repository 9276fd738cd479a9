import SlackEmulator
import Support
import Testing

@Suite struct `A workspace file` {
    @Test func `the sample is sound`() throws { _ = try WorkspaceFile(parsing: WorkspaceFile.sampleText) }

    @Test func `everything that is wrong is told at once, each with its path`() throws {
        let text = """
            {
              // a comment is fine
              "workspaces": [{"id": "T1", "name": "One", "domain": "one"}, {"name": 5}],
              "users": [
                {"id": "U1", "workspace": "one", "name": "ada", "kind": "boss"},
                {"id": "U1", "workspace": "two", "name": "bob"},
                {"workspace": "one", "name": "cid", "nickname": "c"}
              ],
              "channels": [{"name": "ops", "workspace": "one", "private": "yes", "members": ["ada", "zed", 7]}],
              "usergroups": [{"workspace": "one"}],
              "app": {"commands": [{"command": "sym"}]},
            }
            """
        let error = try #require(throws: WorkspaceFileError.self) { try WorkspaceFile(parsing: text) }
        #expect(
            error.problems.map(\.path) == [
                "app.commands[0].command", "workspaces[1].name", "users[0].kind", "users[1].id", "users[1].workspace",
                "users[2].nickname", "channels[0].private", "channels[0].members[2]", "channels[0].members[1]",
                "usergroups[0].handle",
            ])
        #expect(
            error.description.contains(
                #"users[0].kind: found "boss", expected one of "owner", "admin", "member", "guest", "bot", "single_channel_guest""#
            ))
    }

    @Test func `a syntax error names its line`() throws {
        let error = try #require(throws: WorkspaceFileError.self) { try WorkspaceFile(parsing: "{\n  \"a\" 1}") }
        #expect(error.problems.first?.message.hasPrefix("line 2") == true)
    }

    @Test func `somebody of a workspace without the channel cannot be its member`() throws {
        let text = """
            {"workspaces": [{"id": "T1", "name": "One"}, {"id": "T2", "name": "Two"}],
             "users": [{"id": "U2", "workspace": "T2", "name": "bob"}],
             "channels": [{"name": "ops", "workspace": "T1", "members": ["bob"]}]}
            """
        let error = try #require(throws: WorkspaceFileError.self) { try WorkspaceFile(parsing: text) }
        #expect(error.problems.map(\.path) == ["channels[0].members[0]"])
    }
}
