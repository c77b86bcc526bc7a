import Evaluation
import Foundation
import Imaging
import Platform
import Testing

@Suite("Evaluation report")
struct EvaluationReportTests {
  /// A folder that is gone afterwards.
  private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "/report-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  private func picture(_ shade: UInt8) -> Image {
    Image(width: 6, height: 4, filledWith: Color(shade, 20, 30))
  }

  private func report(_ scores: [Double?], direction: ScoreFigure.Direction = .higherIsBetter)
    -> EvaluationReport
  {
    EvaluationReport(
      title: "Scores of <tiny> & \"co\"", subtitle: "one's own",
      settings: [("seed", "7"), ("model", "<script>alert(1)</script>")],
      sections: [
        .init(
          title: "Masks & more", summary: "a < b",
          figures: [ScoreFigure("mIoU", Score(0.5)), ScoreFigure("AP", .absent)],
          tables: [
            ScoreTable(
              title: "by <class>", columns: [.init("class", .leading), .init("IoU %")],
              rows: [["<b>cat</b>", .init("50.0", fraction: 0.5)]], totals: [["mean", "50.0"]])
          ],
          sampleScore: ScoreFigure("IoU", .absent, .percent, direction),
          samples: scores.enumerated().map { index, score in
            .init(
              name: "pic\(index)'.png", instruction: "Segment the <cat\(index)>",
              score: Score(score), note: "note & \(index)", picture: .image(picture(1)),
              target: index == 0 ? nil : .image(picture(2)), answer: .image(picture(3)),
              overlay: .image(picture(UInt8(10 + index))))
          }, sampleCount: 9)
      ])
  }

  private func page(_ folder: String) throws -> String {
    try InputFile.text(at: folder + "/index.html")
  }

  @Test("all text is escaped, tables and figures are there")
  func escaping() throws {
    try withFolder { folder in
      try report([0.5]).write(to: folder)
      let text = try page(folder)
      for raw in ["<tiny>", "<script", "<cat0>", "<b>cat", "by <class>", "note & 0", "pic0'"] {
        #expect(!text.contains(raw), "\(raw) is not escaped")
      }
      for part in [
        "<title>Scores of &lt;tiny&gt; &amp; &quot;co&quot;</title>", "one&#39;s own",
        "&lt;script&gt;alert(1)&lt;/script&gt;", "Segment the &lt;cat0&gt;",
        "<td class=\"name\">&lt;b&gt;cat&lt;/b&gt;</td>", "style=\"--share:50.0%\"",
        "<tfoot>\n<tr><td class=\"name\">mean</td>", "1 of 9, worst first",
        "<dt>seed</dt><dd>7</dd>",
      ] {
        #expect(text.contains(part), "\(part) is missing")
      }
      #expect(!text.contains("Markup"))
      #expect(!text.contains("http"), "the page must stand alone")
    }
  }

  @Test("the page is well-formed", arguments: [0, 3])
  func wellFormed(count: Int) throws {
    try withFolder { folder in
      try report((0..<count).map { Double($0) / 4 }).write(to: folder)
      // Every element that is not void is closed in order.
      let text = try page(folder).replacing(/<style>[\s\S]*<\/style>/, with: "")
      var open: [Substring] = []
      for match in text.matches(of: /<(\/?)([a-z0-9]+)[^>]*>/) {
        if ["meta", "img"].contains(match.2) { continue }
        if match.1.isEmpty {
          open.append(match.2)
        } else {
          #expect(open.popLast() == match.2)
        }
      }
      #expect(open.isEmpty)
    }
  }

  @Test("the worst come first, ties in their order, the unscored last")
  func order() throws {
    func names(_ direction: ScoreFigure.Direction) throws -> [String] {
      try withFolder { folder in
        try report([0.5, nil, 0.1, 0.9, 0.5], direction: direction).write(to: folder)
        return try page(folder).matches(of: /Segment the &lt;cat(\d)/).map { String($0.1) }
      }
    }
    #expect(try names(.higherIsBetter) == ["2", "0", "4", "3", "1"])
    #expect(try names(.lowerIsBetter) == ["3", "0", "4", "2", "1"])
  }

  @Test("pictures are written once, survive until the next page, and others are left alone")
  func pictures() throws {
    try withFolder { folder in
      try report([0.5, 0.2]).write(to: folder)
      func stored() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder + "/images"))
      }
      let first = try stored()
      #expect(first.count == 7)
      for name in first {
        let image = try PictureFile.read(folder + "/images/" + name)
        #expect(image.width == 6 && image.height == 4)
        #expect(try page(folder).contains("src=\"images/\(name)\" width=\"6\" height=\"4\""))
      }
      try AtomicFile.write("mine", to: folder + "/images/1-001-holiday.png")
      let firstPage = try page(folder)
      try report([0.5, 0.2]).write(to: folder)
      #expect(try page(folder) == firstPage, "the same report gives the same bytes")
      try report([0.5]).write(to: folder)
      let second = try stored()
      #expect(second.count == 4)
      #expect(second.contains("1-001-holiday.png"))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
          "images", "index.html",
        ])
    }
  }

  @Test("a picture file is read when the report is written; a missing one is named")
  func pictureFiles() throws {
    try withFolder { folder in
      var report = report([0.5])
      try PNG.write(picture(99), to: folder + "/given.png")
      report.sections[0].samples[0].answer = .file(folder + "/given.png")
      try report.write(to: folder + "/out/deep")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/out/deep/images")
      let answer = try #require(names.first { $0.contains("answer") })
      #expect(try PictureFile.read(folder + "/out/deep/images/" + answer) == picture(99))

      report.sections[0].samples[0].answer = .file(folder + "/absent.png")
      let error = #expect(throws: ReportableError.self) { try report.write(to: folder + "/other") }
      #expect(error?.code == .missingInput)
      #expect(error?.path == folder + "/absent.png")
      #expect(!FileManager.default.fileExists(atPath: folder + "/other/index.html"))
    }
  }

  @Test("a folder that can't be made is an error with its path")
  func impossibleFolder() throws {
    try withFolder { folder in
      try AtomicFile.write("a file", to: folder + "/taken")
      let error = #expect(throws: ReportableError.self) {
        try report([]).write(to: folder + "/taken")
      }
      #expect(error?.code == .inputOutput)
      #expect(error?.path == folder + "/taken")
      #expect(error?.cause == nil, "the system's words take several lines")
      let below = #expect(throws: ReportableError.self) {
        try report([]).write(to: folder + "/taken/below")
      }
      #expect(below?.path == folder + "/taken/below")
      #expect(below?.cause == nil)
    }
  }

  @Test("a folder is checked before there is anything to write")
  func checkedFolder() throws {
    func error(_ folder: String) -> ReportableError? {
      #expect(throws: ReportableError.self) { try ReportFolder(folder).prepare() }
    }
    func make(_ path: String) throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    try withFolder { folder in
      try ReportFolder(folder + "/new/deep").prepare()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/new/deep").isEmpty)

      try make(folder + "/a/index.html")
      #expect(error(folder + "/a")?.code == .usage)
      #expect(error(folder + "/a")?.path == folder + "/a/index.html")

      try make(folder + "/b")
      try AtomicFile.write("a file", to: folder + "/b/images")
      #expect(error(folder + "/b")?.code == .inputOutput)
      #expect(error(folder + "/b")?.path == folder + "/b/images")
    }
  }

  @Test("a page is replaced only by its own kind", arguments: ["", "<!DOCTYPE html>\n<p>mine</p>"])
  func foreignPage(text: String) throws {
    try withFolder { folder in
      try report([0.5]).write(to: folder)
      try ReportFolder(folder).prepare()
      try AtomicFile.write(text, to: folder + "/index.html")
      for write in [{ try ReportFolder(folder).prepare() }, { try report([]).write(to: folder) }] {
        let error = #expect(throws: ReportableError.self) { try write() }
        #expect(error?.code == .usage)
        #expect(error?.path == folder + "/index.html")
      }
      #expect(try page(folder) == text)
    }
  }
}
