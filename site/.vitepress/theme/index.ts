import DefaultTheme from "vitepress/theme"
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet
import "./drawings.css"

export default DefaultTheme
