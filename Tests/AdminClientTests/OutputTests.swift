import AdminClient
import Testing

@Suite struct `A table` {
    private let table = Table(
        [Table.Column("Username"), Table.Column("Token Count", isNumber: true), Table.Column("Label")],
        rows: [["hal", "2", "ci"], ["robby", "10", ""]]
    )

    @Test func `has headings, dashes and columns, numbers to the right, and nothing behind the last word`() {
        #expect(
            table.text(width: nil) == """
                Username      Token Count  Label
                ----------  -------------  -------
                hal                     2  ci
                robby                  10
                """
        )
    }

    @Test func `counts columns on the screen, not letters`() {
        let table = Table(["Name", "Id"], rows: [["日本語テスト", "1"], ["zoë", "2"], ["👩‍👩‍👧", "3"]])
        #expect(
            table.text(width: nil) == """
                Name          Id
                ------------  ----
                日本語テスト  1
                zoë           2
                👩‍👩‍👧            3
                """
        )
    }

    @Test func `goes on in the next line of a cell where it does not fit, and loses nothing`() {
        let long = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
        let text = Table(["Type", "External ID"], rows: [["aws_sso", long]]).text(width: 40)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= 40 })
        #expect(lines.count > 3)
        #expect(lines.dropFirst(2).map { $0.dropFirst(9) }.joined() == long)
    }

    @Test func `with too many columns is a block for each row`() {
        let headings = (1...8).map { "heading number \($0)" }
        let text = Table(headings, rows: [headings.map { "value of " + $0 }]).text(width: 60)
        #expect(text.split(separator: "\n").count == 8)
        #expect(text.hasPrefix("heading number 1  value of heading number 1\n"))
        #expect(text.split(separator: "\n").allSatisfy { DisplayWidth.of(String($0)) <= 60 })
    }

    @Test func `says what cells are, whatever they would do to a terminal`() {
        let text = Table(["Label"], rows: [["a\u{1b}[2Jb\u{9b}c\u{202e}d\ne"]]).text(width: nil)
        #expect(!text.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{9b}" || $0 == "\u{202e}" })
        #expect(text.split(separator: "\n").count == 3)
    }
}

@Suite struct `The width of text on a terminal` {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("zoë", 3), ("zoe\u{308}", 3), ("日本", 4), ("👍", 2), ("❤️", 2), ("한", 2), ("ｱ", 1), ("｡", 1),
    ])
    func `counts`(_ text: String, _ width: Int) {
        #expect(DisplayWidth.of(text) == width)
    }

    @Test func `a wide character is not cut in half`() {
        #expect(DisplayWidth.pieces(of: "a日本語", width: 3) == ["a日", "本", "語"])
        #expect(DisplayWidth.pieces(of: "", width: 3) == [""])
        #expect(DisplayWidth.pieces(of: "日", width: 1) == ["日"])
    }
}

@Suite struct `CSV with back-ticks` {
    @Test(arguments: [
        [["a", "b"], ["c", ""]], [["a,b", "`", "\n"], [#"{"x":"1","y":2}"#, "\"q\"", "``"]], [["", "x"]],
        [["a\r\nb", " lead"]],
    ])
    func `reads back what it wrote`(rows: [[String]]) throws {
        #expect(try CSV.rows(CSV.text(rows)).map(\.cells) == rows)
    }

    @Test func `knows the lines, also across line ends in values, and leaves empty ones out`() throws {
        let rows = try CSV.rows("\u{feff}a,b\r\n\r\n`x\ny`,1\nlast,2")
        #expect(rows.map(\.line) == [1, 3, 5])
        #expect(rows.map(\.cells) == [["a", "b"], ["x\ny", "1"], ["last", "2"]])
    }

    @Test(arguments: [("a,`b\nc\n", 1), ("a\n`b`c,d\n", 2)])
    func `names the line of a mistake`(text: String, line: Int) {
        let error = #expect(throws: CSV.SyntaxError.self) { try CSV.rows(text) }
        #expect(error?.line == line)
    }
}
