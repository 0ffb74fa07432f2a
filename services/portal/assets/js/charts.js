// Draws what the table beside it says; the table stands without scripts, the drawing does not.
import { BarChart, LineChart } from "echarts/charts"
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components"
import { init, use } from "echarts/core"
import { CanvasRenderer } from "echarts/renderers"

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

const number = new Intl.NumberFormat("zh-CN")
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

// Columns of numbers, and the first column as names: null where a cell has no value.
function read(table) {
  const heads = [...table.tHead.rows[0].cells]
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells])
  const series = heads.flatMap((head, place) =>
    head.classList.contains("n")
      ? [{ name: head.textContent.trim(), values: rows.map((row) => (row[place].dataset.value ? Number(row[place].dataset.value) : null)) }]
      : [],
  )
  return { names: rows.map((row) => row[0].textContent.trim()), series }
}

// Bounds of an interval are drawn as a band: the lower line carries nothing, the upper is filled down to it.
function band(series) {
  const low = series.find((each) => each.name === "低")
  const high = series.find((each) => each.name === "高")
  if (!low || !high) return []
  const step = { type: "line", stack: "band", symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } }
  return [
    { ...step, name: "低", data: low.values },
    { ...step, name: "高", data: high.values.map((top, place) => (top === null ? null : top - low.values[place])), areaStyle: { color: token("--accent"), opacity: 0.18 } },
  ]
}

function option(figure, { names, series }) {
  const ink = token("--ink"), faint = token("--line")
  const bars = figure.dataset.chart === "bars"
  const told = series.filter((each) => !["低", "高"].includes(each.name))
  const colours = [token("--accent"), token("--warn"), token("--good")]
  const value = { type: "value", scale: !bars, axisLabel: { color: ink }, splitLine: { lineStyle: { color: faint } } }
  const category = { type: "category", data: names, axisLabel: { color: ink }, axisLine: { lineStyle: { color: faint } }, inverse: bars }
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
    grid: { left: 8, right: 24, top: told.length > 1 ? 40 : 16, bottom: 8, containLabel: true },
    legend: told.length > 1 ? { data: told.map((each) => each.name), textStyle: { color: ink }, top: 0 } : undefined,
    tooltip: {
      trigger: "axis",
      // The policy allows no style that stands in markup, as a tooltip in HTML would have it.
      renderMode: "richText",
      valueFormatter: (shown) => (shown === null || shown === undefined ? "—" : `${number.format(shown)} ${figure.dataset.unit}`),
    },
    xAxis: bars ? value : category,
    yAxis: bars ? category : value,
    series: [
      ...band(series),
      ...told.map((each, place) => ({
        name: each.name,
        type: bars ? "bar" : "line",
        data: each.values,
        symbolSize: 5,
        barMaxWidth: 14,
        itemStyle: { color: colours[place % colours.length] },
        lineStyle: { type: place === 0 ? "solid" : "dashed" },
      })),
    ],
  }
}

function draw(figure) {
  const table = document.getElementById(figure.dataset.table)
  const found = table && read(table)
  if (!found || !found.series.some((each) => each.values.some((one) => one !== null))) return
  figure.hidden = false
  const room = figure.querySelector(".chart")
  if (figure.dataset.chart === "bars") room.classList.add("tall")
  const chart = init(room, null, { renderer: "canvas" })
  const paint = () => chart.setOption(option(figure, found), true)
  paint()
  new ResizeObserver(() => chart.resize()).observe(room)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint)
  figure.querySelector("[data-png]").addEventListener("click", (event) => {
    const link = document.createElement("a")
    link.href = chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: token("--ground") })
    link.download = `${event.currentTarget.dataset.png}.png`
    link.click()
  })
}

document.querySelectorAll("[data-chart]").forEach(draw)
