/// How the report looks, in light and in dark.
enum ReportStyle {
  static let sheet: Markup = """
    :root {
      color-scheme: light dark;
      --page: #f6f7f9; --card: #ffffff; --ink: #1b2430; --soft: #5a6675; --line: #dfe4ea;
      --accent: #1f6f8b; --track: #e7ebef; --shadow: 0 1px 2px rgb(20 30 45 / 8%);
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #12161c; --card: #1b212a; --ink: #e6eaf0; --soft: #9aa7b6; --line: #2e3743;
        --accent: #7cc7de; --track: #2b3440; --shadow: none;
      }
    }
    * { box-sizing: border-box; }
    html { scroll-behavior: smooth; }
    body {
      margin: 0 auto; max-width: 78rem; padding: 2.5rem 1.5rem 4rem;
      background: var(--page); color: var(--ink);
      font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
    }
    h1 { font-size: 2rem; line-height: 1.2; margin: 0; letter-spacing: -0.02em; }
    h2 { font-size: 1.5rem; margin: 0 0 .25rem; letter-spacing: -0.01em; }
    h3 { font-size: 1.1rem; margin: 2rem 0 .75rem; }
    .subtitle, .summary { color: var(--soft); margin: .35rem 0 0; max-width: 60rem; }
    .hint { color: var(--soft); font-weight: 400; font-size: .9rem; margin-left: .4rem; }
    a { color: inherit; }
    a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

    nav, .figures { display: grid; gap: .75rem; list-style: none; padding: 0; }
    nav { grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); margin: 1.75rem 0 1.25rem; }
    .figures { grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); margin: 1.25rem 0; }
    nav a, .figures li {
      display: flex; flex-direction: column; gap: .1rem; padding: .8rem 1rem;
      background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
      box-shadow: var(--shadow); text-decoration: none;
    }
    nav a:hover { border-color: var(--accent); }
    .task { font-weight: 600; }
    .number { font-size: 1.55rem; font-weight: 650; font-variant-numeric: tabular-nums; }
    nav .number, .figures li:first-child .number { color: var(--accent); }
    .figures .number { font-size: 1.3rem; }
    .unit { font-size: .62em; font-weight: 500; margin-left: .15em; color: var(--soft); }
    .label { color: var(--soft); font-size: .85rem; }

    details {
      background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
      box-shadow: var(--shadow); margin: .75rem 0; overflow: hidden;
    }
    summary { padding: .65rem 1rem; font-weight: 600; cursor: pointer; }
    dl {
      display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
      gap: .6rem 1.5rem; margin: 0; padding: .25rem 1rem 1rem;
    }
    dt { color: var(--soft); font-size: .8rem; }
    dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }

    section { margin-top: 3rem; padding-top: 2rem; border-top: 1px solid var(--line); }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { padding: .38rem 1rem; text-align: right; white-space: nowrap; }
    th { color: var(--soft); font-weight: 500; font-size: .85rem; }
    thead th { border-bottom: 1px solid var(--line); }
    tbody tr + tr td { border-top: 1px solid color-mix(in srgb, var(--line) 55%, transparent); }
    tbody tr:hover td { background: color-mix(in srgb, var(--accent) 7%, transparent); }
    tfoot td { border-top: 2px solid var(--line); font-weight: 600; }
    .name { text-align: left; }
    .bar { display: inline-flex; align-items: center; justify-content: flex-end; gap: .6rem; }
    .bar::before {
      content: ""; width: 4rem; height: .4rem; border-radius: .2rem;
      background: linear-gradient(to right, var(--accent) var(--share), var(--track) var(--share));
    }
    .bar b { min-width: 3.3rem; font-weight: inherit; }

    .samples { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(34rem, 100%), 1fr)); }
    article {
      background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
      box-shadow: var(--shadow); padding: .9rem 1rem;
    }
    h4 {
      display: flex; justify-content: space-between; align-items: baseline; gap: 1rem;
      margin: 0 0 .7rem; font-size: 1rem; font-weight: 600;
    }
    h4 q { overflow-wrap: anywhere; }
    .score { white-space: nowrap; font-size: .85rem; font-weight: 400; color: var(--soft); }
    .score b { color: var(--ink); font-size: 1rem; font-variant-numeric: tabular-nums; }
    .share { padding-bottom: .2rem; background:
      linear-gradient(to right, var(--accent) var(--share), var(--track) var(--share)) bottom / 100% 3px no-repeat; }
    .pictures { display: flex; gap: .6rem; }
    figure { flex: 1 1 0; min-width: 0; margin: 0; }
    img { display: block; width: 100%; height: auto; border-radius: .3rem; background: var(--line); }
    img.small { image-rendering: pixelated; }
    figcaption { color: var(--soft); font-size: .8rem; text-align: center; margin-top: .25rem; }
    .note { margin: .55rem 0 0; color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
    @media (max-width: 34rem) { .pictures { display: grid; grid-template-columns: 1fr 1fr; } }
    @media print {
      body { max-width: none; padding: 0; background: #fff; }
      article, table { break-inside: avoid; }
    }
    """
}
