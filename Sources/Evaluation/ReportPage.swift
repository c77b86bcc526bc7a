/// The report as HTML: one page with everything but the pictures in it, no script, no other file.
struct ReportPage {
  /// A picture that has been put in its place.
  struct Shown {
    /// Relative to the page.
    let path: String
    let width: Int
    let height: Int
  }

  typealias Placing = (EvaluationReport.Picture, ReportPictureName.Place) throws -> Shown

  let report: EvaluationReport

  /// Tells pages of this kind from others, near their beginning.
  static let generator: Markup = "<meta name=\"generator\" content=\"instructcv evaluate\">"

  /// The whole page.
  ///
  /// - Parameter place: called once for each picture, in the order of the page.
  func markup(placing place: Placing) throws -> Markup {
    var sections: Markup = ""
    for (index, section) in report.sections.enumerated() {
      sections += try self.section(section, number: index + 1, placing: place)
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      \(Self.generator)
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(text: report.title)</title>
      <style>
      \(ReportStyle.sheet)
      </style>
      </head>
      <body>
      <header>
      <h1>\(text: report.title)</h1>
      \(paragraph(report.subtitle, class: "subtitle"))\(navigation)\(settings)</header>
      <main>
      \(sections)</main>
      </body>
      </html>

      """
  }

  /// One card for each task with its headline number, leading to its section.
  private var navigation: Markup {
    guard !report.sections.isEmpty else { return "" }
    let cards = report.sections.enumerated().map { index, section -> Markup in
      """
      <a href="#task-\(index + 1)"><span class="task">\(text: section.title)</span>\
      \(section.figures.first.map(headline) ?? "")</a>

      """
    }
    return "<nav aria-label=\"Tasks\">\n\(Markup.joined(cards))</nav>\n"
  }

  private func headline(_ figure: ScoreFigure) -> Markup {
    """
    <span class="number">\(text: figure.text)\(unit(figure))</span>\
    <span class="label">\(text: figure.name)&nbsp;\(text: figure.direction.arrow)</span>
    """
  }

  private func unit(_ figure: ScoreFigure) -> Markup {
    figure.unit.isEmpty || figure.score.value == nil
      ? "" : "<span class=\"unit\">\(text: figure.unit)</span>"
  }

  private var settings: Markup {
    guard !report.settings.isEmpty else { return "" }
    let items = report.settings.map { setting -> Markup in
      "<div><dt>\(text: setting.name)</dt><dd>\(text: setting.value)</dd></div>\n"
    }
    return
      "<details open><summary>Settings</summary>\n<dl>\n\(Markup.joined(items))</dl>\n</details>\n"
  }

  private func paragraph(_ text: String, class name: String) -> Markup {
    text.isEmpty ? "" : "<p class=\"\(text: name)\">\(text: text)</p>\n"
  }

  private func section(
    _ section: EvaluationReport.Section, number: Int, placing place: Placing
  ) throws -> Markup {
    let figures = section.figures.map { figure -> Markup in "<li>\(headline(figure))</li>\n" }
    var samples: Markup = ""
    for (rank, sample) in section.ranked.enumerated() {
      samples += try self.sample(
        sample, of: section, section: number, rank: rank + 1, placing: place)
    }
    return """
      <section id="task-\(number)">
      <h2>\(text: section.title)</h2>
      \(paragraph(section.summary, class: "summary"))<ul class="figures">
      \(Markup.joined(figures))</ul>
      \(Markup.joined(section.tables.map(table)))\(samplesHeading(section))<div class="samples">
      \(samples)</div>
      </section>

      """
  }

  private func samplesHeading(_ section: EvaluationReport.Section) -> Markup {
    guard !section.samples.isEmpty else { return "" }
    let left = section.sampleCount - section.samples.count
    let count =
      left > 0
      ? "\(section.samples.count) of \(section.sampleCount), worst first"
      : "\(section.samples.count), worst first"
    return "<h3>Samples <span class=\"hint\">\(text: count)</span></h3>\n"
  }

  private func table(_ table: ScoreTable) -> Markup {
    let headings = table.columns.map { column -> Markup in
      "<th scope=\"col\"\(side(column))>\(text: column.title)</th>"
    }
    func row(_ cells: [ScoreTable.Cell]) -> Markup {
      let items = zip(table.columns, cells).map { column, cell -> Markup in
        guard let fraction = cell.fraction else {
          return "<td\(side(column))>\(text: cell.text)</td>"
        }
        let width = FixedDecimal.text(100 * fraction, decimals: 1)
        return """
          <td\(side(column))><span class="bar" style="--share:\(text: width)%">\
          <b>\(text: cell.text)</b></span></td>
          """
      }
      return "<tr>\(Markup.joined(items))</tr>\n"
    }
    let totals = table.totals.map(row)
    return """
      <details\(table.rows.count <= 24 ? " open" : "")><summary>\(text: table.title)</summary>
      <div class="scroll"><table>
      <thead><tr>\(Markup.joined(headings))</tr></thead>
      <tbody>
      \(Markup.joined(table.rows.map(row)))</tbody>
      \(totals.isEmpty ? "" : "<tfoot>\n\(Markup.joined(totals))</tfoot>\n")</table></div>
      </details>

      """
  }

  private func side(_ column: ScoreTable.Column) -> Markup {
    column.alignment == .leading ? " class=\"name\"" : ""
  }

  private func sample(
    _ sample: EvaluationReport.Sample, of section: EvaluationReport.Section, section number: Int,
    rank: Int, placing place: Placing
  ) throws -> Markup {
    let score = ScoreFigure(
      section.sampleScore.name, sample.score, section.sampleScore.format,
      section.sampleScore.direction)
    let parts: [(ReportPictureName.Part, EvaluationReport.Picture?)] = [
      (.picture, sample.picture), (.target, sample.target), (.answer, sample.answer),
      (.overlay, sample.overlay),
    ]
    var pictures: Markup = ""
    for case (let part, let picture?) in parts {
      let shown = try place(picture, .init(section: number, rank: rank, part: part))
      // Small pictures are enlarged without smoothing: every pixel of an answer matters.
      let style: Markup = max(shown.width, shown.height) <= 160 ? " class=\"small\"" : ""
      pictures += """
        <figure><a href="\(text: shown.path)"><img src="\(text: shown.path)" width="\(shown.width)" \
        height="\(shown.height)" loading="lazy" alt="\(text: part.rawValue) of \(text: sample.name)"\(style)></a>\
        <figcaption>\(text: part.rawValue)</figcaption></figure>

        """
    }
    let share = score.format == .percent ? sample.score.value.map { min(max($0, 0), 1) } : nil
    let meter: Markup =
      share.map {
        " style=\"--share:\(text: FixedDecimal.text(100 * $0, decimals: 1))%\""
      } ?? ""
    return """
      <article>
      <h4><q>\(text: sample.instruction)</q><span class="score\(share == nil ? "" : " share")"\(meter)>\
      \(text: score.name) <b>\(text: score.text)\(unit(score))</b></span></h4>
      <div class="pictures">
      \(pictures)</div>
      <p class="note">\(text: sample.name)\(sample.note.isEmpty ? "" : " · \(text: sample.note)")</p>
      </article>

      """
  }
}
