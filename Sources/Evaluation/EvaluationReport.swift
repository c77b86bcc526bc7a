import Imaging

/// What an evaluation has to show: settings, scores, and samples with their pictures. Plain data;
/// ``write(to:)`` makes a page of it.
public struct EvaluationReport: Sendable {
  /// A picture in memory, or the path of a PNG or JPEG file that is read when the report is
  /// written.
  public enum Picture: Sendable {
    case image(Image)
    case file(String)
  }

  /// One query, its answer and how good it is.
  public struct Sample: Sendable {
    /// Which picture this is: a file name, an id.
    public var name: String
    /// What was asked.
    public var instruction: String
    /// Its own score, which also decides its place: the worst come first.
    public var score: Score
    /// A second line: other scores, counts, the decoded answer in words.
    public var note: String
    /// What was given to the model.
    public var picture: Picture
    /// What it should have painted.
    public var target: Picture?
    /// What it painted.
    public var answer: Picture
    /// The decoded answer drawn over the picture.
    public var overlay: Picture?

    /// A sample.
    public init(
      name: String, instruction: String, score: Score, note: String = "", picture: Picture,
      target: Picture? = nil, answer: Picture, overlay: Picture? = nil
    ) {
      self.name = name
      self.instruction = instruction
      self.score = score
      self.note = note
      self.picture = picture
      self.target = target
      self.answer = answer
      self.overlay = overlay
    }
  }

  /// Everything about one task.
  public struct Section: Sendable {
    /// "Segmentation".
    public var title: String
    /// A sentence or two: data set, protocol, what to keep in mind.
    public var summary: String
    /// The numbers to show large, the headline first.
    public var figures: [ScoreFigure]
    /// Tables in full: classes, summaries.
    public var tables: [ScoreTable]
    /// How a sample's score is called, written and ordered; its own score is not used.
    public var sampleScore: ScoreFigure
    /// Those to show, in any order.
    public var samples: [Sample]
    /// How many there were altogether; more than ``samples`` when some were left out.
    public var sampleCount: Int

    /// A section.
    ///
    /// - Parameters:
    ///   - sampleScore: a name, format and direction such as `ScoreFigure("IoU", .absent)`.
    ///   - sampleCount: nil when `samples` are all.
    public init(
      title: String, summary: String = "", figures: [ScoreFigure], tables: [ScoreTable] = [],
      sampleScore: ScoreFigure, samples: [Sample] = [], sampleCount: Int? = nil
    ) {
      self.title = title
      self.summary = summary
      self.figures = figures
      self.tables = tables
      self.sampleScore = sampleScore
      self.samples = samples
      self.sampleCount = max(sampleCount ?? samples.count, samples.count)
    }

    /// A section with the figures and the class table of one kind of scores.
    public init(
      title: String, summary: String = "", scores: some ScoreSheet, tables: [ScoreTable] = [],
      sampleScore: ScoreFigure, samples: [Sample] = [], sampleCount: Int? = nil
    ) {
      self.init(
        title: title, summary: summary, figures: scores.figures,
        tables: tables + (scores.classTable.map { [$0] } ?? []), sampleScore: sampleScore,
        samples: samples, sampleCount: sampleCount)
    }

    /// The samples, the worst first; those without a score last, ties as they were given.
    var ranked: [Sample] {
      let lowIsBad = sampleScore.direction != .lowerIsBetter
      let scored = samples.indices.compactMap { index in
        samples[index].score.value.map { (index: index, badness: lowIsBad ? -$0 : $0) }
      }
      let order = scored.sorted {
        $0.badness == $1.badness ? $0.index < $1.index : $0.badness > $1.badness
      }
      return order.map { samples[$0.index] } + samples.filter { $0.score.value == nil }
    }
  }

  /// The page's title.
  public var title: String
  /// A line under it: model, data set.
  public var subtitle: String
  /// Everything needed to make the numbers again, in this order.
  public var settings: [(name: String, value: String)]
  /// One for each task, in this order.
  public var sections: [Section]

  /// A report.
  public init(
    title: String, subtitle: String = "", settings: [(name: String, value: String)] = [],
    sections: [Section]
  ) {
    self.title = title
    self.subtitle = subtitle
    self.settings = settings
    self.sections = sections
  }
}
